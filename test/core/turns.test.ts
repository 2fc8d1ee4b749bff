import { describe, expect, it } from 'vitest';
import { Pipeline } from '../../src/core/pipeline.ts';
import { counters, heartbeat, kernel, MS, run, start, T0, tick, up } from './inputs.ts';
import { print, transition } from './lines.ts';
import { NETNS } from './recorded.ts';

describe('where transitions wait in the kernel', () => {
  it('nothing is told beyond what the turns have brought, and our own samples wait for no turn', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const moved = (ms: number, to: 'SYN_SENT' | 'CLOSE', skaddr: number) =>
      print(transition({ from: to === 'CLOSE' ? 'ESTABLISHED' : 'CLOSE', to, ns: T0 + ms * MS, skaddr, netns: NETNS }));
    const turn = (ms: number) => print({ type: 'turn', ns: T0 + ms * MS });
    run([up(), kernel(T0 + 100 * MS, heartbeat(T0 + 99 * MS), turn(99))], pipeline);
    run([counters(T0 + 110 * MS, 7), tick(T0 + 146 * MS)], pipeline);
    expect(pipeline.waiting.records).toBe(0);
    // The ring of one processor, read to here; what the other held since 120 ms comes in the next piece.
    expect(run([kernel(T0 + 180 * MS, moved(179, 'SYN_SENT', 1)), tick(T0 + 210 * MS)], pipeline)).toEqual([]);
    const rest = run([kernel(T0 + 211 * MS, moved(120, 'CLOSE', 2), turn(179.5)), tick(T0 + 600 * MS)], pipeline);
    expect(rest.flatMap((event) => (event.kind === 'state' ? [`${event.from}→${event.to}`] : []))).toEqual([
      'ESTABLISHED→CLOSE',
      'CLOSE→SYN_SENT',
    ]);
    expect(pipeline.state.late).toBe(0);
  });
});
