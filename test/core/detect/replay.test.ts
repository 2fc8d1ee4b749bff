import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/core/model/event.ts';
import type { Input } from '../../../src/core/model/input.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { allInputs } from '../../lab/golden.ts';
import { Folder, writeCapture } from '../../sinks/capture/made.ts';
import { at, counters, overflowDrop, queues, Story, step, sysctls, told } from './stories.ts';

/** What a fresh pipeline says of a list of inputs that begins with `start`. */
function replayed(inputs: readonly Input[]): Event[] {
  const [first] = inputs;
  if (first?.type !== 'start') throw new Error('no start');
  const pipeline = new Pipeline(first, { maxSockets: 100_000 });
  return inputs.slice(1).flatMap((input) => [...pipeline.accept(input)]);
}

describe('findings', () => {
  it('are the same, bit for bit, when a capture of the inputs is replayed', async () => {
    const story = new Story();
    story
      .take(sysctls(0, { 'ipv4.ip_local_port_range': '40000 40100' }))
      .take(counters(0.1))
      .until(1);
    story
      .take(told([overflowDrop(1.1)]))
      .take(queues(1.3, [{ laddr: '10.0.0.1', lport: 8080, waiting: 3, backlog: 2 }]))
      .until(2);
    const ends = { lport: 0, skaddr: 0x77 };
    const refused = [
      step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(2.1), ...ends }),
      step({ from: 'SYN_SENT', to: 'CLOSE', ns: at(2.1) + 9, ...ends }),
    ];
    story
      .take(told(refused))
      .take({ type: 'skipped', atNs: at(2.2), total: 3 })
      .until(40);
    using folder = new Folder();
    await writeCapture(folder.file('story.capture'), story.inputs);
    const again = replayed(await allInputs(await openCapture(folder.file('story.capture'))));
    expect(again).toEqual(story.events);
    expect(JSON.stringify(again)).toBe(JSON.stringify(story.events));
    expect(new Set(story.findings().map(({ detector }) => detector))).toEqual(new Set(['accept-queue', 'time-wait-buildup']));
  });

  it('of accept queues and TIME_WAIT are none in the recorded incident of the demo, which has no samples for them', async () => {
    const inputs = await allInputs(await openCapture('src/sources/replay/demo.capture'));
    const found = replayed(inputs).filter((event) => event.kind === 'finding');
    const theirs = found.filter(({ detector }) => detector === 'accept-queue' || detector === 'time-wait-buildup');
    expect(theirs.filter(({ severity }) => severity !== 'info').map(({ summary }) => summary)).toEqual([]);
  });

  it('of connections follow what was done in the demo: a service that hangs from 12 to 30 s, and one that is gone from 38 to 52 s', async () => {
    const inputs = await allInputs(await openCapture('src/sources/replay/demo.capture'));
    const events = replayed(inputs);
    const first = events[0]?.ns ?? Number.NaN;
    const within = (ns: number, fromS: number, toS: number) => ns - first > fromS * 1e9 && ns - first < toS * 1e9;
    const about = (detector: string) => events.filter((event) => event.kind === 'finding').filter((event) => event.detector === detector);
    const failures = about('connect-failure').filter(({ phase }) => phase !== 'update');
    expect(failures.map(({ phase }) => phase)).toEqual(['open', 'resolved', 'open', 'resolved']);
    const [hangs, goesOn, gone, back] = failures.map(({ ns }) => ns);
    expect(within(hangs ?? 0, 12, 20) && within(goesOn ?? 0, 30, 38)).toBe(true);
    expect(within(gone ?? 0, 38, 48) && within(back ?? 0, 52, 60)).toBe(true);
    expect(about('close-wait-leak').map(({ phase, ns }) => [phase, within(ns, 12, 38)])).toEqual([
      ['open', true],
      ['resolved', true],
    ]);
  });

  it('of half-open connections are in the demo those that it is about: a peer that falls silent', async () => {
    const inputs = await allInputs(await openCapture('src/sources/replay/demo.capture'));
    const found = replayed(inputs).filter((event) => event.kind === 'finding');
    const blamed = found.filter(({ severity, detector }) => severity !== 'info' && /^half-open|^false-/.test(detector));
    expect(blamed.map(({ detector, phase, subject }) => `${detector} ${phase} ${subject.raddr}`)).toEqual([
      'half-open open 10.77.0.2',
      'half-open update 10.77.0.2',
      'half-open resolved 10.77.0.2',
    ]);
  });
});
