import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../src/commands/capture-events.ts';
import type { Event } from '../../src/core/model/event.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { captureOf } from '../lab/golden.ts';
import { Played } from './played.ts';

const FULL = captureOf('accept-queue-full');
/** 80 s with findings that come and go. */
const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));

/** Everything that a capture tells, played once from end to end. */
async function allOf(file: string): Promise<Event[]> {
  const all: Event[] = [];
  for await (const events of eventsOf(await openCapture(file))) all.push(...events);
  return all;
}

/** Without the last events, which a reference does not remember. */
async function shown(played: Played): Promise<object> {
  const { recent: _, ...picture } = (await played.picture()) as { recent: unknown };
  return picture;
}

const openings = (events: readonly Event[]): Event[] => events.filter((event) => event.kind === 'finding' && event.phase === 'open');

describe('playing', () => {
  it('gives what is due by the clock and by the speed, and no more', async () => {
    await using played = await Played.open(FULL);
    await played.pass(2000);
    expect(played.playback.atNs).toBe(2e9);
    expect(await shown(played)).toEqual(await played.reference(2e9));
    await played.steer({ do: 'speed', speed: 4 });
    await played.pass(500);
    expect(played.playback.atNs).toBe(4e9);
    expect(await shown(played)).toEqual(await played.reference(4e9));
    expect(played.restarts).toBe(0);
  });

  it('stands still while paused, however much time passes, and goes on from there', async () => {
    await using played = await Played.open(FULL);
    await played.pass(1000);
    await played.steer({ do: 'pause' });
    const before = await played.picture();
    await played.pass(60_000);
    expect([played.playback.atNs, await played.picture()]).toEqual([1e9, before]);
    await played.steer({ do: 'play' });
    await played.pass(500);
    expect(played.playback.atNs).toBe(1.5e9);
  });

  it('tells every event once, in order, with the numbers of any other passage, and says that it has ended once', async () => {
    await using played = await Played.open(FULL, 'max');
    expect(played.events).toEqual(await allOf(FULL));
    expect([played.ends, played.playback.ended, played.playback.playing]).toEqual([[null], true, false]);
  });

  it('begins anew when it is played at its end', async () => {
    await using played = await Played.open(FULL, 'max');
    await played.steer({ do: 'play' });
    expect(played.events).toEqual(await allOf(FULL));
    expect([played.restarts, played.ends.length]).toEqual([1, 2]);
  });
});

describe('a seek', () => {
  it.each([DEMO, ...['accept-queue-full', 'peer-vanishes', 'moved-unannounced'].map(captureOf)])(
    'into %s shows what playing to that place shows, wherever it comes from',
    async (file) => {
      await using played = await Played.open(file, 'max');
      const endMs = played.playback.atNs / 1e6;
      const places = fc.array(fc.double({ min: 0, max: 1.05, noNaN: true }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(places, async (shares) => {
          for (const share of shares) {
            const atMs = share * endMs;
            await played.steer({ do: 'seek', atMs });
            expect(await shown(played)).toEqual(await played.reference(Math.round(atMs * 1e6)));
          }
        }),
        { numRuns: 6 },
      );
    },
  );

  it('remembers the last events before it as playing does, and what comes after it has the same numbers', async () => {
    const all = await allOf(DEMO);
    await using played = await Played.open(DEMO);
    await played.steer({ do: 'pause' });
    await played.steer({ do: 'seek', atMs: 20_000 });
    const { recent } = (await played.picture()) as { recent: readonly Event[] };
    expect(recent.length).toBeGreaterThan(100);
    expect(recent).toEqual(all.slice(0, recent.length));
    expect([played.restarts, played.events]).toEqual([1, []]);
    await played.steer({ do: 'speed', speed: 'max' });
    await played.steer({ do: 'play' });
    expect(played.events).toEqual(all.slice(recent.length));
  });

  it('that is asked for while another is under way is the one that counts', async () => {
    await using played = await Played.open(FULL, 'max');
    for (const atMs of [500, 4000, 100, 1500]) played.playback.steer({ do: 'seek', atMs });
    await played.settled();
    expect(played.playback.atNs).toBe(1.5e9);
    expect(await shown(played)).toEqual(await played.reference(1.5e9));
  });

  it('beyond the end is the end', async () => {
    await using played = await Played.open(FULL, 'max');
    const end = await shown(played);
    const { atNs } = played.playback;
    await played.steer({ do: 'seek', atMs: 1e9 });
    expect([played.playback.atNs, played.playback.ended, await shown(played)]).toEqual([atNs, true, end]);
  });

  it('leaves it playing where it played, and paused where it was paused', async () => {
    await using played = await Played.open(FULL);
    await played.steer({ do: 'seek', atMs: 1000 });
    await played.pass(250);
    expect([played.playback.playing, played.playback.atNs]).toEqual([true, 1.25e9]);
    await played.steer({ do: 'pause' });
    await played.steer({ do: 'seek', atMs: 2000 });
    expect([played.playback.playing, played.playback.atNs]).toEqual([false, 2e9]);
  });
});

describe('a step', () => {
  it('forward goes through every event, and as many back lead to where it began', async () => {
    const all = await allOf(FULL);
    await using played = await Played.open(FULL);
    await played.steer({ do: 'pause' });
    const places = [0];
    while (!played.playback.ended) {
      await played.steer({ do: 'step', to: 'next-event' });
      places.push(played.playback.atNs);
    }
    expect(played.events).toEqual(all);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    for (const place of places.toReversed().slice(1, 12)) {
      await played.steer({ do: 'step', to: 'previous-event' });
      expect(played.playback.atNs).toBe(place);
      expect(await shown(played)).toEqual(await played.reference(place));
    }
  });

  it.each([
    ['that nobody has looked for yet', false],
    ['that a survey knows', true],
  ])('to a finding %s stops where it has just opened, and leads back to the one before', async (_, surveyed) => {
    const file = DEMO;
    await using played = await Played.open(file);
    await played.steer({ do: 'pause' });
    const found: number[] = [];
    for (;;) {
      await played.steer({ do: 'step', to: 'next-finding' });
      if (played.playback.ended) break;
      const { open } = played.playback.round.view.findings();
      expect(open.at(-1)?.phase).toBe('open');
      expect(await shown(played)).toEqual(await played.reference(played.playback.atNs));
      found.push(played.playback.atNs);
    }
    expect(found.length).toBe(new Set(found).size);
    expect(found.length).toBeGreaterThan(0);
    expect(openings(await allOf(file)).length).toBeGreaterThanOrEqual(found.length);
    if (surveyed) played.openings = found;
    for (const place of found.toReversed()) {
      await played.steer({ do: 'step', to: 'previous-finding' });
      expect(played.playback.atNs).toBe(place);
    }
    await played.steer({ do: 'seek', atMs: 0 });
    for (const place of found) {
      await played.steer({ do: 'step', to: 'next-finding' });
      expect(played.playback.atNs).toBe(place);
      expect(await shown(played)).toEqual(await played.reference(place));
    }
  });

  it('to a finding stays where it is once it is known that none follows', async () => {
    await using played = await Played.open(FULL);
    await played.steer({ do: 'pause' });
    await played.steer({ do: 'seek', atMs: 1000 });
    played.openings = [];
    await played.steer({ do: 'step', to: 'next-finding' });
    expect([played.playback.atNs, played.playback.ended]).toEqual([1e9, false]);
  });
});
