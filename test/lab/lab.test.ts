import { appendFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/model/event.ts';
import { rowOf } from './found.ts';
import { fingerprint, replay, writeGolden } from './golden.ts';
import { isOf } from './keep.ts';
import { type Play, playUntilTold, type Session } from './lab.ts';
import { scenarios } from './scenarios/index.ts';
import { Seen } from './seen.ts';

// Real sockets on the real kernel, one small program a scenario (scenarios/); what Synoptic says is held against what was done.
//
//   SYNOPTIC_LAB=NAME,NAME   plays only these
//   SYNOPTIC_ROWS=FILE       adds who found what, and when, for scripts/lab
//   SYNOPTIC_RECORD=1        leaves each play that told what it must as test/golden/NAME, which test/core/golden.test.ts replays without root

const chosen = process.env['SYNOPTIC_LAB']?.split(',');
const playing = scenarios.filter(({ name }) => chosen === undefined || chosen.includes(name));
const recording = process.env['SYNOPTIC_RECORD'] === '1';
let session: Session;

beforeAll(async () => {
  session = await playUntilTold(playing);
  const rows = process.env['SYNOPTIC_ROWS'];
  if (rows === undefined) return;
  for (const play of session.plays.values()) {
    if (!('fault' in play)) appendFileSync(rows, `${JSON.stringify(rowOf(play.truth, play.events))}\n`);
  }
}, 180_000);

function playOf(name: string): Exclude<Play, { fault: Error }> {
  const play = session.plays.get(name);
  if (play === undefined) throw new Error(`${name} was not played`);
  if ('fault' in play) throw play.fault;
  return play;
}

const told = (events: readonly Event[]) => events.filter(({ kind }) => kind !== 'finding');
const opened = (events: readonly Event[]) =>
  [...new Set(events.flatMap((event) => (event.kind === 'finding' && event.phase === 'open' ? [event.detector] : [])))].sort();

it('misses nothing of what all scenarios do, but for what the kernel says it skipped', () => {
  expect(session.missed).toEqual([]);
});

describe.each(playing)('$name: $what', ({ name, symptom, proves }) => {
  it('is told by the kernel as it was done', () => {
    const { truth, events } = playOf(name);
    expect(truth.due === null).toBe(symptom === null);
    // Where nothing may be said of the trouble, what went before it was.
    expect(events.filter(({ kind }) => kind === 'state')).not.toEqual([]);
    proves(new Seen(truth, events));
  });

  it('is told again, to the nanosecond, by what was kept of it', () => {
    const { truth, inputs, events } = playOf(name);
    const again = replay(inputs).filter((event) => isOf(truth, event));
    expect(told(again).map(fingerprint)).toEqual(told(events).map(fingerprint));
    // Findings name events by number and are looked for four times a second, which both depend on what else was observed.
    expect(opened(again)).toEqual(opened(events));
    if (recording) writeGolden({ truth, inputs });
  });
});
