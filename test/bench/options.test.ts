import { describe, expect, it } from 'vitest';
import type { Benchmark } from './benchmark.ts';
import { parseOptions, UsageError } from './options.ts';

const named = (name: string): Benchmark => ({ name, about: '', each: false, run: async () => ({ figures: [], accounts: [], notes: [] }) });
const KNOWN = [named('storm'), named('paced'), named('start')];
const parse = (...argv: string[]) => parseOptions(argv, KNOWN);

describe('the options of scripts/bench', () => {
  it('mean all benchmarks, three rounds and each benchmark’s own bpftraces where nothing is said', () => {
    expect(parse()).toEqual({ benchmarks: KNOWN, rounds: 3, places: null, json: null, quick: false, long: false, save: false });
  });

  it('choose benchmarks and bpftraces, each once and in the order of the lists', () => {
    const { benchmarks, places } = parse('start', 'storm', 'start', '--bpftrace', 'sid', '--bpftrace', 'system');
    expect(benchmarks.map(({ name }) => name)).toEqual(['storm', 'start']);
    expect(places).toEqual(['system', 'sid']);
  });

  it('run a single round when in a hurry, unless told otherwise', () => {
    expect(parse('--quick').rounds).toBe(1);
    expect(parse('--quick', '--rounds', '2').rounds).toBe(2);
  });

  it('refuse what they do not know, and say what they know', () => {
    expect(() => parse('strom')).toThrow(new UsageError("no such benchmark: 'strom'. Did you mean storm? There are: storm paced start"));
    expect(() => parse('--bpftrace', 'bookworm')).toThrow('one of system, trixie, sid was expected');
    expect(() => parse('--fast')).toThrow(UsageError);
    expect(() => parse('--json')).toThrow(UsageError);
  });

  it('refuse rounds that are no number of rounds', () => {
    for (const rounds of ['0', '-1', '1.5', 'many', '101']) {
      expect(() => parse(`--rounds=${rounds}`)).toThrow(`--rounds ${rounds}: a whole number from 1 to 100 was expected`);
    }
  });

  it('measure what takes half an hour only when told so, and never shortened', () => {
    expect(parse('--long').long).toBe(true);
    expect(() => parse('--long', '--quick')).toThrow(UsageError);
  });

  it('refuse to keep the figures of a shortened run', () => {
    expect(() => parse('--quick', '--save')).toThrow(UsageError);
  });
});
