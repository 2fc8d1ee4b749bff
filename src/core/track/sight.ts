import type { Hook } from '../model/hook.ts';
import type { Gap } from './gaps.ts';

/** Where an observation stands: `starting` until the first canary, `blind` while no bpftrace is heard. */
export type Phase = 'starting' | 'observing' | 'blind' | 'ended';

/** All of it together. */
export interface Standing {
  phase: Phase;
  reason: string | null;
  version: string | null;
  hooks: readonly Hook[];
  heardNs: number | null;
  /** Times that bpftrace has ended. */
  downs: number;
  late: number;
  blindForNs: number;
  /** One socket in so many is told one by one; 1 is every socket. */
  share: number;
}

/** Whether the kernel is seen, since when it is not, and why. Times are CLOCK_MONOTONIC ns. */
export class Sight {
  #phase: Phase = 'starting';
  #reason: string | null = null;
  #blindSinceNs: number | null = null;
  #heardNs: number | null = null;
  #downs = 0;

  get phase(): Phase {
    return this.#phase;
  }

  /** Why it is blind; null while it is not. */
  get reason(): string | null {
    return this.#reason;
  }

  /** The last thing heard from the kernel side; null before the first. */
  get heardNs(): number | null {
    return this.#heardNs;
  }

  /** Times that bpftrace has ended. */
  get downs(): number {
    return this.#downs;
  }

  blindForNs(nowNs: number): number {
    return this.#phase === 'blind' && this.#blindSinceNs !== null ? nowNs - this.#blindSinceNs : 0;
  }

  /** Why the kernel is not seen now; null while it is. */
  get blindness(): string | null {
    return this.#phase === 'observing' ? null : (this.#reason ?? 'no bpftrace has been heard yet');
  }

  /** All that it knows, at `nowNs`. */
  at(nowNs: number): Pick<Standing, 'phase' | 'reason' | 'heardNs' | 'downs' | 'blindForNs'> {
    return { phase: this.#phase, reason: this.#reason, heardNs: this.#heardNs, downs: this.#downs, blindForNs: this.blindForNs(nowNs) };
  }

  heard(ns: number): void {
    if (this.#heardNs === null || ns > this.#heardNs) this.#heardNs = ns;
  }

  /** A canary that flew at `ns` was seen. Gives the blindness that this ends, if any. */
  seen(ns: number): Gap | null {
    if (this.#phase === 'observing') return null;
    const gap = this.#blindUntil(ns);
    this.#phase = 'observing';
    this.#reason = null;
    this.#blindSinceNs = null;
    return gap;
  }

  /**
   * bpftrace has ended. Gives the blindness so far of one that ended before it saw anything, lest the end of all leave it untold.
   * `sinceNs`: since when it was not whole, where that is longer than since the last thing heard.
   */
  down(reason: string, nowNs: number, sinceNs: number | null = null): Gap | null {
    this.#downs++;
    const gap = this.#blindUntil(nowNs);
    this.#reason = reason;
    if (this.#phase === 'observing') this.#blindSinceNs = Math.min(this.#heardNs ?? nowNs, sinceNs ?? nowNs);
    if (this.#blindSinceNs !== null) this.#phase = 'blind';
    return gap;
  }

  #blindUntil(toNs: number): Gap | null {
    if (this.#blindSinceNs === null) return null;
    const gap: Gap = { cause: 'blind', lost: null, fromNs: this.#blindSinceNs, toNs, what: this.#reason };
    this.#blindSinceNs = toNs;
    return gap;
  }
}
