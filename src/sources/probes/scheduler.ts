import { randomUUID } from 'node:crypto';
import type { ProbeAttempt, ProbeStanding } from '../../core/model/probe.ts';
import type { ProbeTarget } from '../../core/model/target.ts';
import { type Pace, Pulse } from '../../core/timing/pulse.ts';
import { nowNs } from '../clock.ts';
import { socketCalls } from '../sockets/calls.ts';
import { Agenda, type Entry } from './agenda.ts';
import { makeAttempt, type Surroundings } from './attempt.ts';
import { STOPPED } from './fault.ts';
import { Turnstile } from './turnstile.ts';

export interface SchedulerOptions extends Surroundings {
  /** Names must differ. */
  readonly targets: readonly ProbeTarget[];
  /** Scheduled attempts for each target; null goes on until stopped. */
  readonly count: number | null;
  /** Attempts at the same time. @default 500 */
  readonly atOnce?: number;
  /** Attempts made before, by target: their numbers go on from there. */
  readonly counted?: ReadonlyMap<string, number>;
  onAttempt(attempt: ProbeAttempt, standing: ProbeStanding): void;
}

/** One target and where it stands. */
interface Followed {
  readonly target: ProbeTarget;
  readonly pulse: Pulse;
  /** Attempts so far. */
  attempts: number;
  /** Of them those that were not compensating. */
  scheduled: number;
  /** The attempt that its pulse took in last. */
  accepted: number;
  plannedNs: number;
  /** Its next start; null while an attempt runs, or waits to be let in. */
  next: Entry | null;
  /** Of the attempt that runs. */
  end: AbortController | null;
  /** No attempt is wanted any more. */
  over: boolean;
}

/**
 * Probes targets at their intervals. First starts are spread over the interval, so that a thousand targets are a steady trickle and not a
 * burst; each next start is counted from when the last should have been, so that lateness does not add up.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #turnstile: Turnstile;
  readonly #agenda = new Agenda();
  readonly #followed = new Map<string, Followed>();
  readonly #ended = Promise.withResolvers<void>();
  /** Followed or still under way. */
  #alive = 0;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#turnstile = new Turnstile(options.atOnce ?? 500);
    // Loaded now and not within the first attempt.
    socketCalls();
  }

  /** Ends when every target had its count of attempts, or after {@link stop}, with every socket closed. */
  async run(): Promise<void> {
    this.follow(this.#options.targets);
    this.#settle();
    await this.#ended.promise;
    this.#options.pool[Symbol.dispose]();
  }

  /**
   * Follows these targets and no others. One that is as it was goes on as it did; one whose settings changed begins anew, its attempts
   * counted on; one that is gone is stopped at once and its connection closed.
   */
  follow(targets: readonly ProbeTarget[]): void {
    if (this.#stopped) return;
    const wanted = new Map(targets.map((target) => [target.name, target]));
    const counted = new Map(this.#followed.size === 0 ? this.#options.counted : []);
    for (const [name, followed] of this.#followed) {
      const target = wanted.get(name);
      if (target !== undefined && JSON.stringify(target) === JSON.stringify(followed.target)) continue;
      counted.set(name, followed.attempts);
      this.#leave(followed);
    }
    const fresh = targets.filter(({ name }) => !this.#followed.has(name));
    const startNs = nowNs();
    for (const [at, target] of fresh.entries()) {
      const plannedNs = startNs + (at / fresh.length) * target.everyMs * 1e6;
      const attempts = counted.get(target.name) ?? 0;
      const counts = { target, pulse: new Pulse(target), attempts, scheduled: 0, accepted: 0, plannedNs };
      const followed: Followed = { ...counts, next: null, end: null, over: false };
      this.#followed.set(target.name, followed);
      this.#alive += 1;
      this.#plan(followed);
    }
  }

  /** Ends what runs as `stopped`, and starts nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const followed of [...this.#followed.values()]) this.#leave(followed);
    this.#agenda.clear();
    this.#settle();
  }

  /** The kernel's word on an attempt: how many segments it had to send again. It counts for the target's health unless a newer attempt has. */
  sentAgain(target: string, attempt: number, retransmits: number): void {
    const followed = this.#followed.get(target);
    if (followed?.accepted === attempt) followed.pulse.sentAgain(retransmits);
  }

  #plan(followed: Followed): void {
    followed.next = this.#agenda.at(followed.plannedNs, () => void this.#step(followed));
  }

  /** One scheduled attempt, and the compensating one that may follow it. */
  async #step(followed: Followed): Promise<void> {
    followed.next = null;
    followed.scheduled += 1;
    const requestId = randomUUID();
    let pace = await this.#once(followed, { requestId, plannedNs: followed.plannedNs, reason: 'scheduled' });
    if (pace?.compensate === true && !followed.over) {
      pace = await this.#once(followed, { requestId, plannedNs: nowNs(), reason: 'compensating' });
    }
    if (pace === null || followed.over || followed.scheduled === this.#options.count) {
      if (!followed.over) this.#followed.delete(followed.target.name);
      this.#gone();
      return;
    }
    followed.plannedNs = nextStart(followed.plannedNs, pace.nextMs);
    this.#plan(followed);
  }

  /** Null where it was stopped. */
  async #once(followed: Followed, what: Pick<ProbeAttempt, 'requestId' | 'plannedNs' | 'reason'>): Promise<Pace | null> {
    const { target, pulse } = followed;
    await this.#turnstile.enter(target.host);
    try {
      if (followed.over) return null;
      followed.end = new AbortController();
      followed.attempts += 1;
      const request = { ...what, attempt: followed.attempts, target, timeoutMs: pulse.timeoutMs, end: followed.end };
      const made = await makeAttempt(request, this.#options);
      if (made.failure?.cause === 'stopped') return null;
      const pace = pulse.accept({ roundTripMs: roundTripOf(made), retransmits: made.socket?.info?.retransmits ?? null });
      followed.accepted = request.attempt;
      this.#options.onAttempt(made, { health: pulse.health, suspect: pulse.suspect, misses: pulse.misses });
      return pace;
    } finally {
      followed.end = null;
      this.#turnstile.leave(target.host);
    }
  }

  #leave(followed: Followed): void {
    const { target, next, end } = followed;
    followed.over = true;
    this.#followed.delete(target.name);
    end?.abort(STOPPED);
    this.#options.pool.drop(target.name, 'it is probed no more');
    if (next === null) return;
    next.cancelled = true;
    this.#gone();
  }

  #gone(): void {
    this.#alive -= 1;
    this.#settle();
  }

  /** Without a count there may always be new targets. */
  #settle(): void {
    if (this.#alive === 0 && (this.#stopped || this.#options.count !== null)) this.#ended.resolve();
  }
}

/** One step after the last planned start; where that is over already, the next step still to come. */
function nextStart(plannedNs: number, stepMs: number): number {
  const stepNs = stepMs * 1e6;
  return plannedNs + stepNs * Math.max(1, Math.ceil((nowNs() - plannedNs) / stepNs));
}

/** From the call to the answer, ms; null for a miss. */
function roundTripOf({ moments: { called, done }, failure }: ProbeAttempt): number | null {
  return failure === null && called !== null && done !== null ? (done - called) / 1e6 : null;
}
