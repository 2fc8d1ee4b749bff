import { Blindness } from '../../../src/core/detect/blindness.ts';
import type { Detector, Observed } from '../../../src/core/detect/detector.ts';
import { Findings } from '../../../src/core/detect/findings.ts';
import type { RetransmitEvent, SocketErrorEvent, StateEvent } from '../../../src/core/model/event.ts';
import type { Finding } from '../../../src/core/model/finding.ts';

export const S = 1e9;

/** A detector alone with its book: what it is told, event by event, and what it says. */
export class Direct {
  readonly told: (Finding & { readonly ns: number })[] = [];
  readonly #book: Findings;
  readonly #detector: Detector;
  #tickedNs = 0;

  constructor(make: (findings: Findings) => Detector) {
    this.#book = new Findings({
      detector: 'test',
      blindness: new Blindness(),
      tell: (ns, finding) => void this.told.push({ ns, ...finding(this.told.length + 1, (at) => at / 1000) }),
    });
    this.#detector = make(this.#book);
  }

  take(...events: readonly Observed[]): this {
    for (const event of events) this.#detector.onEvent?.(event);
    return this;
  }

  /** Time passes up to `seconds`, four times a second. */
  until(seconds: number): this {
    for (; this.#tickedNs <= seconds * S; this.#tickedNs += S / 4) {
      this.#detector.onTick?.(this.#tickedNs);
      this.#book.tick(this.#tickedNs);
    }
    return this;
  }

  namespaces(...alive: number[]): this {
    this.#detector.onNamespaces?.(new Set(alive));
    return this;
  }

  get words(): string[] {
    return this.told.map(({ phase, severity, confidence }) => `${phase} ${severity} ${confidence}`);
  }
}

/** One client's socket towards 10.0.0.9:443. */
export const ends = (sock: number) => ({
  ...{
    sock,
    netns: 7,
    family: 4,
    laddr: '10.0.0.1',
    lport: 40_000 + sock,
    raddr: '10.0.0.9',
    rport: 443,
    pid: 11,
    comm: 'shop',
    probe: null,
    owner: null,
    netnsName: null,
  },
});

let seq = 0;
const stamp = (seconds: number) => ({ seq: ++seq, ns: seconds * S, wallUs: seconds * 1e6 });

export function state(
  seconds: number,
  sock: number,
  from: StateEvent['from'],
  to: StateEvent['to'],
  more: Partial<StateEvent> = {},
): StateEvent {
  return {
    ...{ kind: 'state', ...stamp(seconds), ...ends(sock), family: 4, from, to, dwellUs: 5000, sndUna: null, sndNxt: null, rcvNxt: null },
    ...{ srttUs: null, retransmits: null, origin: 'active', anomaly: null, ...more },
  };
}

export function again(seconds: number, sock: number, backoff: number, more: Partial<RetransmitEvent> = {}): RetransmitEvent {
  return {
    ...{ kind: 'retransmit', ...stamp(seconds), ...ends(sock), family: 4, what: 'syn', timer: 'rto', backoff, state: 'SYN_SENT' },
    ...{ seqStart: null, seqEnd: null, error: null, ...more },
  };
}

/** As the kernel reports it: without the socket, and behind its end. */
export function reported(seconds: number, sock: number, errno: string): SocketErrorEvent {
  return { kind: 'socket-error', ...stamp(seconds), ...ends(sock), family: 4, sock: null, netns: null, pid: null, comm: null, errno };
}

export function resetOf(seconds: number, sock: number) {
  return { kind: 'reset', ...stamp(seconds), ...ends(sock), family: 4, direction: 'received', state: 'SYN_SENT', reason: null } as const;
}
