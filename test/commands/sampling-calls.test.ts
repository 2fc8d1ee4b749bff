import { describe, expect, it } from 'vitest';
import { callFor } from '../../src/commands/sampling-calls.ts';
import type { Event, GapEvent, TierEvent } from '../../src/core/model/event.ts';
import { dropped, resent } from '../core/detect/observer.ts';
import { about, MS, ready, run, T0, tick, up } from '../core/inputs.ts';
import { NETNS } from '../core/recorded.ts';

/** What these events call for: namespaces that were stirred, in order, those of them whose queues may say why, gaps, and whether sockets are listed anew. */
function called(events: readonly Event[]) {
  const stirred: (number | null)[] = [];
  const attention: (number | null)[] = [];
  const gaps: GapEvent[] = [];
  const listing = callFor(events, {
    stirred(netns, _ns, waits) {
      stirred.push(netns);
      if (waits) attention.push(netns);
    },
    gap: (event) => void gaps.push(event),
  });
  return { stirred, attention, gaps, listing };
}

describe('a namespace', () => {
  it('is stirred by what happens in it, but not by our own canary, or ours would never be quiet', () => {
    const canaries = run([up(), ...ready(T0 + 5 * MS), tick(T0 + 90 * MS)]);
    expect(canaries.map(({ kind }) => kind)).toContain('state');
    expect(called(canaries)).toEqual({ stirred: [], attention: [], gaps: [], listing: false });
    expect(new Set(called(about(39293)).stirred)).toEqual(new Set([NETNS]));
  });

  it('is said again once another was between, and not for each of its transitions', () => {
    const events = about(39293).filter(({ kind }) => kind === 'state');
    expect(events.length).toBeGreaterThan(1);
    const elsewhere = events.map((event) => ('netns' in event ? { ...event, netns: 1 } : event));
    expect(called([...events, ...elsewhere, ...events]).stirred).toEqual([NETNS, 1, NETNS]);
  });
});

describe('sockets', () => {
  const stamp = { host: '', seq: 1, ns: 0, wallUs: 0 };
  const gap = (cause: GapEvent['cause']): GapEvent => ({
    ...stamp,
    kind: 'gap',
    cause,
    lost: 1,
    shed: 0,
    fromNs: 0,
    toNs: 1,
    what: null,
    parts: [],
  });
  const tier = (share: number): TierEvent => ({ ...stamp, kind: 'tier', share, before: 1 });

  it('are listed anew where something was lost, and once every socket is told again', () => {
    const lost = gap('buffer-full');
    expect(called([lost])).toEqual({ stirred: [], attention: [], gaps: [lost], listing: true });
    expect(called([tier(1)]).listing).toBe(true);
  });

  it.each(['suspended', 'unsampled', 'shed'] as const)('are not where a gap is %s', (cause) => {
    expect(called([gap(cause), tier(64)]).listing).toBe(false);
  });
});

describe('queues', () => {
  it('are asked where a time-out came again, and not for the first', () => {
    expect(called([resent(1, 1)]).attention).toEqual([]);
    expect(called([resent(1, 2)]).attention).toHaveLength(1);
  });

  it('are asked where a listener had no room', () => {
    expect(called([dropped(1, 'TCP_LISTEN_OVERFLOW')]).attention).toHaveLength(1);
    expect(called([dropped(1, 'NO_SOCKET')]).attention).toEqual([]);
  });
});
