import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../../../src/core/model/event.ts';
import type { ReplayState } from '../../../src/formats/replay.ts';
import { LiveStore } from '../../../src/viewer/live/live-store.ts';
import { aReplay, aSnapshot, aStatus, transition } from '../wire.ts';

const at = (perfMs: number) => ({ perfMs, wallMs: Date.UTC(2025, 10, 20) + perfMs });
const rows = (store: LiveStore): number[] => store.feed.newestFirst().map((row) => (row.kind === 'missed' ? -1 : row.seq));
const several = (...seqs: number[]) => seqs.map((seq) => transition(seq, 'CLOSE', 'SYN_SENT'));

describe('LiveStore in a replay', () => {
  function opened(): { store: LiveStore; greet: (fields: Partial<ReplayState>, perfMs: number) => void } {
    const store = new LiveStore({ send: () => true, changed: () => undefined, wanted: { filter: '', kinds: EVENT_KINDS } });
    const greet = (fields: Partial<ReplayState>, perfMs: number): void =>
      store.accept({ type: 'hello', protocol: 1, status: aStatus({ mode: 'replay', replay: aReplay(fields) }) }, at(perfMs));
    greet({}, 0);
    return { store, greet };
  }

  it('shows the events that led to the snapshot, once, also when it is asked for again', () => {
    const { store } = opened();
    const snapshot = aSnapshot({ seq: 3, recent: several(1, 2, 3) });
    store.accept(snapshot, at(1));
    store.accept({ type: 'batch', events: several(4) }, at(2));
    store.accept(aSnapshot({ seq: 4, recent: several(2, 3, 4) }), at(3));
    expect(rows(store)).toEqual([4, 3, 2, 1]);
  });

  it('forgets after a seek what has not happened yet, and counts nothing as missed', () => {
    const { store, greet } = opened();
    store.accept(aSnapshot({ seq: 9, recent: several(7, 8, 9) }), at(1));
    const before = store.run.value;
    greet({ turn: 2, atMs: 100 }, 2);
    store.accept(aSnapshot({ seq: 2, recent: several(1, 2) }), at(3));
    expect(rows(store)).toEqual([2, 1]);
    expect(store.run.value).not.toBe(before);
    expect(store.missed.value.events).toBe(0);
  });

  it('stays at a step that was answered already when the stream tells of the place before it, and follows a seek back', () => {
    const { store, greet } = opened();
    const place = (): number | undefined => store.replay.value?.state.atMs;
    greet({ turn: 3, atMs: 100 }, 1);
    store.steered(aReplay({ turn: 3, atMs: 250 }), at(2));
    store.accept({ type: 'status', status: aStatus({ mode: 'replay', replay: aReplay({ turn: 3, atMs: 100 }) }) }, at(3));
    expect(place()).toBe(250);
    store.steered(aReplay({ turn: 4, atMs: 50 }), at(4));
    store.accept({ type: 'status', status: aStatus({ mode: 'replay', replay: aReplay({ turn: 3, atMs: 250 }) }) }, at(5));
    expect(place()).toBe(50);
    // The service began anew.
    greet({ turn: 1, atMs: 10 }, 6);
    expect(place()).toBe(10);
  });

  it('missed nothing either where it was steered while the connection was lost', () => {
    const { store, greet } = opened();
    store.accept(aSnapshot({ seq: 9, recent: several(9) }), at(1));
    store.down(500, false, at(2));
    greet({ turn: 3 }, 3);
    store.accept(aSnapshot({ seq: 20, recent: several(20) }), at(4));
    expect(rows(store)).toEqual([20]);
    expect(store.missed.value).toEqual({ events: 0, unknown: false });
  });

  it.each([1, 20, 'max'] as const)('tells rates by the second of the capture’s own time, at speed %s', (speed) => {
    const { store } = opened();
    const wall = (ms: number) => new Date(Date.UTC(2025, 10, 20, 21) + ms).toISOString().replace('Z', '000Z');
    store.accept(aSnapshot({ seq: 0 }), at(0));
    // 4 a second for 400 s of the capture.
    for (let ms = 0, seq = 1; ms < 400_000; ms += 250, seq++) {
      const events = [transition(seq, 'CLOSE', 'SYN_SENT', { ns: String((10_000 + ms) * 1e6) })];
      const perfMs = speed === 'max' ? ms / 1000 : ms / speed;
      if (ms % 1000 === 0) store.steered(aReplay({ ns: String((10_000 + ms) * 1e6), at: wall(ms), playing: true, speed }), at(perfMs));
      store.accept({ type: 'batch', events }, at(perfMs));
    }
    const shown = (perfMs: number) => store.flows(perfMs).map(({ perSecond }) => Number(perSecond.toFixed(2)));
    expect(shown(speed === 'max' ? 400 : 400_000 / speed)).toEqual([4]);
    // Paused, it goes on to say how it was there.
    expect(shown(1_000_000)).toEqual([4]);
  });

  it('knows the time there: it stands while paused, and passes at its speed', () => {
    const { store } = opened();
    const moment = { ns: '5000000000', at: '2025-11-20T21:00:05.000000Z' };
    store.steered(aReplay({ ...moment, playing: false }), at(1000));
    expect(store.clock.ageUs('4000000000', 9000)).toBe(1_000_000);
    store.steered(aReplay({ ...moment, playing: true, speed: 10 }), at(9000));
    expect(store.clock.ageUs('4000000000', 9100)).toBe(2_000_000);
    // Back in time, too.
    store.steered(aReplay({ ns: '4000000000', at: '2025-11-20T21:00:04.000000Z', playing: false }), at(9200));
    expect(store.clock.ageUs('4000000000', 9300)).toBe(0);
  });
});
