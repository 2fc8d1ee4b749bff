import { parseArgs } from 'node:util';
import { suggestion } from '../../src/core/model/nearest.ts';
import type { Benchmark } from './benchmark.ts';
import { PLACES, type Place } from './bpftraces.ts';

export interface Options {
  /** In the order of the list, whatever the order they were asked for in. */
  readonly benchmarks: readonly Benchmark[];
  readonly rounds: number;
  /** Null: all places for benchmarks that compare them, the machine's own for the others. */
  readonly places: readonly Place[] | null;
  /** Where the whole result is written, as JSON. */
  readonly json: string | null;
  readonly quick: boolean;
  /** With the half hours that only some benchmarks have, and nobody waits for each time. */
  readonly long: boolean;
  readonly save: boolean;
}

/** What was asked for cannot be done: said in its words, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const ROUNDS = { standard: 3, most: 100 };

/** @throws UsageError naming the word that is wrong and what would be right. */
export function parseOptions(argv: readonly string[], known: readonly Benchmark[]): Options {
  const { values, positionals } = parse(argv);
  const names = known.map(({ name }) => name);
  for (const word of positionals) {
    if (!names.includes(word))
      throw new UsageError(`no such benchmark: '${word}'.${suggestion(word, names)} There are: ${names.join(' ')}`);
  }
  const places = (values.bpftrace ?? []).map(placeOf);
  const { quick, long, save, json = null } = values;
  if (quick && long) throw new UsageError('--quick shortens and --long lengthens: take one of the two');
  if (quick && save) throw new UsageError('--save keeps figures to compare with, and those of --quick prove nothing: take one of the two');
  return {
    benchmarks: positionals.length === 0 ? known : known.filter(({ name }) => positionals.includes(name)),
    rounds: roundsOf(values.rounds, quick),
    places: places.length === 0 ? null : PLACES.filter((place) => places.includes(place)),
    json,
    quick,
    long,
    save,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        bpftrace: { type: 'string', multiple: true },
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        long: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function roundsOf(text: string | undefined, quick: boolean): number {
  if (text === undefined) return quick ? 1 : ROUNDS.standard;
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds < 1 || rounds > ROUNDS.most) throw new UsageError(`--rounds ${text}: a whole number from 1 to ${ROUNDS.most} was expected`);
  return rounds;
}

function placeOf(word: string): Place {
  const place = PLACES.find((name) => name === word);
  if (place === undefined)
    throw new UsageError(`--bpftrace ${word}: one of ${PLACES.join(', ')} was expected; give it again for more than one`);
  return place;
}
