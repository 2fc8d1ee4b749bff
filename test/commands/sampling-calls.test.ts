import { describe, expect, it } from 'vitest';
import { callFor } from '../../src/commands/sampling-calls.ts';
import type { Event } from '../../src/core/model/event.ts';
import { about, MS, ready, run, T0, tick, up } from '../core/inputs.ts';
import { NETNS } from '../core/recorded.ts';

/** What these events call for: namespaces that were stirred, in order, and whether sockets are listed anew. */
function called(events: readonly Event[]) {
  const stirred: (number | null)[] = [];
  const listing = callFor(events, { stirred: (netns) => void stirred.push(netns), gap: () => undefined });
  return { stirred, listing };
}

describe('a namespace', () => {
  it('is stirred by what happens in it, but not by our own canary, or ours would never be quiet', () => {
    const canaries = run([up(), ...ready(T0 + 5 * MS), tick(T0 + 90 * MS)]);
    expect(canaries.map(({ kind }) => kind)).toContain('state');
    expect(called(canaries)).toEqual({ stirred: [], listing: false });
    expect(new Set(called(about(39293)).stirred)).toEqual(new Set([NETNS]));
  });

  it('is said again once another was between, and not for each of its transitions', () => {
    const events = about(39293).filter(({ kind }) => kind === 'state');
    expect(events.length).toBeGreaterThan(1);
    const elsewhere = events.map((event) => ('netns' in event ? { ...event, netns: 1 } : event));
    expect(called([...events, ...elsewhere, ...events]).stirred).toEqual([NETNS, 1, NETNS]);
  });
});
