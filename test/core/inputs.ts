import type { Event } from '../../src/core/model/event.ts';
import type { Input, KernelUpInput, StartInput } from '../../src/core/model/input.ts';
import type { StateRecord } from '../../src/core/model/record.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { print, transition } from './lines.ts';
import { DROP_REASONS, linesAbout, NETNS, nsOf, RESET_REASONS } from './recorded.ts';

export const MS = 1e6;
/** The recording begins at this time of its own clock; tests start theirs there, so the clocks agree. */
export const T0 = 4957811694536;
export const CANARY = 34931;
export const start: StartInput = {
  type: 'start',
  atNs: T0,
  wallUs: 1.7e15,
  host: 'h',
  kernel: '6.18',
  netns: NETNS,
  dropReasons: DROP_REASONS,
  resetReasons: RESET_REASONS,
  canaryPort: CANARY,
};
export const up = (atNs = T0): KernelUpInput => ({ type: 'kernel-up', atNs, version: '0.23.2', hooks: [] });
export const kernel = (atNs: number, ...lines: string[]): Input => ({
  type: 'kernel',
  atNs,
  text: lines.map((line) => `${line}\n`).join(''),
});
export const heartbeat = (ns: number) => print({ type: 'heartbeat', ns });
export const tick = (atNs: number): Input => ({ type: 'tick', atNs, wallUs: 1.7e15 + (atNs - T0) / 1000 });
export const canary = (lport: number, beforeNs: number, afterNs: number): Input => ({
  type: 'canary',
  atNs: afterNs,
  beforeNs,
  afterNs,
  laddr: '127.0.0.1',
  lport,
  raddr: '127.0.0.1',
  rport: CANARY,
});
export function run(inputs: readonly Input[], pipeline = new Pipeline(start, { maxSockets: 100 })): Event[] {
  return inputs.flatMap((input) => [...pipeline.accept(input)]);
}
export const counters = (atNs: number, passiveOpens: number, alive: readonly number[] | null = null): Input => ({
  type: 'counters',
  atNs,
  netns: NETNS,
  timeWait: 0,
  activeOpens: 0,
  passiveOpens,
  estabResets: 0,
  currEstab: 0,
  alive,
  timeWaitOverflow: 0,
});
/** A canary as sock-state.bt tells it: SYN_SENT at `ns`, then ESTABLISHED. */
export const flight = (ns: number, lport: number, elsewhere: Partial<StateRecord> = {}) => {
  const ends = { laddr: '127.0.0.1', raddr: '127.0.0.1', rport: CANARY, netns: NETNS, skaddr: 0xca, ...elsewhere };
  return [
    print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns, lport: 0, pid: 1, comm: 'node', ...ends })),
    print(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: ns + 1000, lport, pid: 1, comm: 'node', ...ends })),
  ];
};
export const ready = (ns: number, lport = 5) => [kernel(ns + MS, ...flight(ns, lport)), canary(lport, ns - 50_000, ns + 2 * MS)];
export const kinds = (events: readonly Event[]) =>
  events.map((event) => (event.kind === 'state' ? `${event.from}→${event.to}` : event.kind));
export const about = (port: number) => {
  const lines = linesAbout(port);
  const last = nsOf(lines.at(-1) ?? '');
  // What came in one piece was long delayed, so what comes next may be, too: by a second at most.
  return run([up(), kernel(last + MS, ...lines), tick(last + 2000 * MS)]);
};
