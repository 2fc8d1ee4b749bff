import { describe, expect, it } from 'vitest';
import type { Event, TimeWaitEvent } from '../../src/core/model/event.ts';
import type { TimeWaitRecord } from '../../src/core/model/record.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { counters, kernel, kinds, MS, run, start, T0, tick, up } from './inputs.ts';
import { print, transition } from './lines.ts';
import { NETNS } from './recorded.ts';

const SECOND = 1000 * MS;
const WHAT = ['born', 'restarted', 'gone', 'refused'] as const;
const ends = { netns: NETNS, laddr: '10.0.0.1', lport: 50434, raddr: '10.0.0.2', rport: 443 };
const state = (
  ns: number,
  from: 'CLOSE' | 'SYN_SENT' | 'ESTABLISHED' | 'FIN_WAIT2',
  to: 'SYN_SENT' | 'ESTABLISHED' | 'FIN_WAIT2' | 'CLOSE',
) => print(transition({ from, to, ns, ...ends, skaddr: 0xaa, err: 0, finReceived: true, sndUna: 1, sndNxt: 1, rcvNxt: 1, retransmits: 0 }));
const mini = (ns: number, what: TimeWaitRecord['what'], phase: TimeWaitRecord['phase'] = 'time-wait') =>
  print({ type: 'time-wait', stream: 'timewait', key: WHAT.indexOf(what) + 1, ns, what, phase, ...ends });
const opened = (pipeline: Pipeline, ns: number) =>
  run([kernel(ns + MS, state(ns, 'CLOSE', 'SYN_SENT'), state(ns + 1000, 'SYN_SENT', 'ESTABLISHED'))], pipeline);
const timeWaits = (events: readonly Event[]) => events.filter((event): event is TimeWaitEvent => event.kind === 'time-wait');

/** A socket that closed at T0 + 1 s, after `records` of its mini-socket; time goes on for 300 ms. */
function closed(...records: string[]): { pipeline: Pipeline; events: Event[] } {
  const pipeline = new Pipeline(start, { maxSockets: 100 });
  run([up()], pipeline);
  opened(pipeline, T0 + 100 * MS);
  const at = T0 + SECOND;
  const lines = [state(at - 2000, 'ESTABLISHED', 'FIN_WAIT2'), ...records, state(at, 'FIN_WAIT2', 'CLOSE')];
  return { pipeline, events: run([kernel(at + MS, ...lines), tick(at + 300 * MS)], pipeline) };
}
const atClose = T0 + SECOND - 1000;

describe('what kprobes tell of mini-sockets', () => {
  it('goes before what the end of the full socket lets one infer', () => {
    expect(timeWaits(closed().events)).toMatchObject([{ phase: 'enter', inferred: true }]);
    expect(timeWaits(closed(mini(atClose, 'born')).events)).toMatchObject([{ phase: 'enter', inferred: false, lport: 50434 }]);
  });

  it('says that there is none where the kernel had too many', () => {
    const { pipeline, events } = closed(mini(atClose, 'refused', null));
    expect(kinds(events)).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→FIN_WAIT2', 'FIN_WAIT2→CLOSE']);
    expect(pipeline.timeWait.population(NETNS, T0 + SECOND)).toMatchObject({ timeWait: 0, finWait2: 0 });
  });

  it('makes an orphaned FIN_WAIT2 a TIME_WAIT when its FIN has come', () => {
    const { pipeline, events } = closed(mini(atClose, 'born', 'fin-wait2'));
    expect(timeWaits(events)).toEqual([]);
    const at = T0 + 3 * SECOND;
    const later = run([kernel(at + MS, mini(at, 'restarted')), tick(at + 300 * MS)], pipeline);
    expect(timeWaits(later)).toMatchObject([{ phase: 'enter', inferred: false, ns: at }]);
  });

  it('ends it to the nanosecond, and not before, whatever the kernel’s count was a moment ago', () => {
    const { pipeline } = closed(mini(atClose, 'born'));
    const at = T0 + 62 * SECOND;
    expect(run([counters(at, 0), tick(at + 500 * MS)], pipeline)).toEqual([]);
    const over = T0 + 63 * SECOND;
    const events = run([kernel(over + MS, mini(over, 'gone')), tick(over + 300 * MS)], pipeline);
    expect(timeWaits(events)).toMatchObject([{ phase: 'leave', inferred: false, ns: over, reusedBy: null }]);
  });

  it('names who took the four-tuple over, though the kernel takes the old one away first', () => {
    const { pipeline } = closed(mini(atClose, 'born'));
    const at = T0 + 5 * SECOND;
    const events = [
      ...run([kernel(at + MS, mini(at, 'gone'))], pipeline),
      ...opened(pipeline, at + 1000),
      ...run([tick(at + 300 * MS)], pipeline),
    ];
    const [left] = timeWaits(events);
    expect(left).toMatchObject({ phase: 'leave', inferred: false, reusedBy: 2 });
    expect(timeWaits(run([tick(at + 10 * SECOND)], pipeline))).toEqual([]);
  });

  it('names nobody where a reset ended it: told once nobody has taken it over for a second', () => {
    const { pipeline } = closed(mini(atClose, 'born'));
    const at = T0 + 5 * SECOND;
    expect(timeWaits(run([kernel(at + MS, mini(at, 'gone')), tick(at + 300 * MS)], pipeline))).toEqual([]);
    expect(timeWaits(run([tick(at + 1500 * MS)], pipeline))).toMatchObject([{ phase: 'leave', inferred: false, reusedBy: null }]);
  });

  it('is done without where it was lost: then the end is inferred', () => {
    const { pipeline } = closed(mini(atClose, 'born'));
    expect(timeWaits(run([tick(T0 + 64 * SECOND)], pipeline))).toEqual([]);
    expect(timeWaits(run([tick(T0 + 67 * SECOND)], pipeline))).toMatchObject([{ phase: 'leave', inferred: true }]);
  });
});
