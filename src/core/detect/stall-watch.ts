import type { Event } from '../model/event.ts';
import type { SampleInput } from '../model/input.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Peer, Stall } from './stall.ts';
import { Stalls } from './stalls.ts';

const NOBODY: ReadonlySet<Peer> = new Set();

/**
 * What stalls, kept once for all detectors that judge by it. It is told of everything before they are; each of them reads what the event, sample
 * or tick at hand was about.
 */
export class StallWatch {
  readonly stalls = new Stalls();
  /** From so many unanswered timers in a row on a look says that a connection stalls: the least that any detector asks for. */
  readonly #least: number;
  #about: Stall | null = null;
  #touched: ReadonlySet<Peer> = NOBODY;
  #gone: readonly Peer[] = [];

  constructor(thresholds: Pick<Thresholds, 'half-open' | 'false-alive'>) {
    this.#least = Math.min(thresholds['half-open'].keepAliveProbes, thresholds['false-alive'].timeouts);
  }

  /** The stall that the event at hand is about: its timer expired, or it died of that. */
  get about(): Stall | null {
    return this.#about;
  }

  /** The peers of whom the sample or the tick at hand said something new. */
  get touched(): ReadonlySet<Peer> {
    return this.#touched;
  }

  /** The peers that went with their namespaces. */
  get gone(): readonly Peer[] {
    return this.#gone;
  }

  event(event: Event): void {
    this.#about = null;
    switch (event.kind) {
      case 'state':
        this.stalls.state(event);
        break;
      case 'retransmit':
        this.#about = this.stalls.retransmitted(event);
        break;
      case 'drop':
        this.stalls.dropped(event);
        break;
      case 'socket-error':
        this.#about = this.stalls.failed(event);
        break;
      case 'neighbour':
        this.stalls.neighbour(event);
        break;
      case 'reset':
        if (event.direction === 'sent' && event.reason === 'TCP_KEEPALIVE_TIMEOUT')
          this.stalls.died(this.stalls.peer(event.netns, event.raddr), 'keep-alive', event.ns, event.seq);
        break;
    }
  }

  sample(sample: SampleInput): void {
    this.#touched = sample.type === 'queues' ? this.stalls.looked(sample, this.#least) : NOBODY;
  }

  tick(ns: number): void {
    this.#touched = this.stalls.size > 0 ? this.stalls.expire(ns) : NOBODY;
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    this.#gone = this.stalls.keepNamespaces(alive);
  }
}
