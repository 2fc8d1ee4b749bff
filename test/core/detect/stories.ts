import type { Event, FindingEvent } from '../../../src/core/model/event.ts';
import type { CountersInput, Input, ListenerSample, QueuesInput, StartInput, SysctlsInput, TcpExt } from '../../../src/core/model/input.ts';
import type { DropRecord, StateRecord } from '../../../src/core/model/record.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { kernel, MS, ready, start, T0, tick, up } from '../inputs.ts';
import { print, transition } from '../lines.ts';
import { DROP_REASONS, NETNS } from '../recorded.ts';

/** Stories of detectors: inputs in the order of their time, in seconds from a pipeline that is ready at 0. */
export const S0 = T0 + 100 * MS;
/** A number that some kernel might give TCP_LISTEN_OVERFLOW. */
const OVERFLOW = 41;
export const at = (seconds: number): number => S0 + Math.round(seconds * 1e9);

/** A pipeline that observes, and everything it found. */
export class Story {
  readonly start: StartInput = { ...start, dropReasons: { ...DROP_REASONS, [OVERFLOW]: 'TCP_LISTEN_OVERFLOW' } };
  readonly pipeline = new Pipeline(this.start, { maxSockets: 200_000 });
  /** All that it was given, so that it can be given again. */
  readonly inputs: Input[] = [this.start];
  readonly events: Event[] = [];
  #tickedNs = S0;

  constructor() {
    for (const input of [up(), ...ready(T0 + 5 * MS)]) this.take(input);
  }

  take(input: Input): this {
    this.inputs.push(input);
    this.events.push(...this.pipeline.accept(input));
    return this;
  }

  /** Ticks as a live session does, every 250 ms up to `seconds`; `between` gives what comes at each of them. */
  until(seconds: number, between: (ns: number) => readonly Input[] = () => []): this {
    for (; this.#tickedNs <= at(seconds); this.#tickedNs += 250 * MS) {
      for (const input of between(this.#tickedNs)) this.take(input);
      this.take(tick(this.#tickedNs));
    }
    return this;
  }

  findings(detector?: string): FindingEvent[] {
    return this.events.flatMap((event) => (event.kind === 'finding' && (detector ?? event.detector) === event.detector ? [event] : []));
  }
}

/** Lines of records, delivered `delayMs` after the last. */
export function told(records: readonly (StateRecord | DropRecord)[], delayMs = 1): Input {
  const last = Math.max(...records.map(({ ns }) => ns));
  return kernel(last + delayMs * MS, ...records.map((record) => print(record)));
}

/** A transition in the observer's own namespace. */
export const step = (fields: Parameters<typeof transition>[0]): StateRecord => transition({ netns: NETNS, ...fields });

export function counters(seconds: number, ext: TcpExt = {}, more: Partial<CountersInput> = {}): Input {
  const zero = { timeWait: 0, activeOpens: 0, passiveOpens: 0, estabResets: 0, currEstab: 0, alive: null, timeWaitOverflow: 0 };
  return { type: 'counters', atNs: at(seconds), netns: NETNS, ...zero, ext, ...more };
}

export function queues(seconds: number, listeners: readonly ListenerSample[], netns: number | null = NETNS): QueuesInput {
  return { type: 'queues', fromNs: at(seconds) - MS, atNs: at(seconds), netns, listeners, waiting: null, leftOut: 0 };
}

export function sysctls(seconds: number, values: SysctlsInput['values']): SysctlsInput {
  return { type: 'sysctls', atNs: at(seconds), netns: NETNS, values };
}

/** A final ACK dropped because the listener's accept queue was full. */
export function overflowDrop(seconds: number, lport = 8080): DropRecord {
  const reason = OVERFLOW;
  return {
    ...{ type: 'drop', stream: 'drop', key: reason, direction: 'received', ns: at(seconds), skaddr: 0xbee, netns: NETNS, state: 'LISTEN' },
    ...{ laddr: '10.0.0.1', lport, raddr: '10.0.0.2', rport: 40001, reason, segSeq: 1, segAck: 1, segFlags: 16 },
  };
}
