import { randomUUID } from 'node:crypto';
import type { ProbeAttempt } from '../../core/model/probe.ts';
import type { ProbeTarget } from '../../core/model/target.ts';
import { type Health, Pulse } from '../../core/timing/pulse.ts';
import { nowNs } from '../clock.ts';
import { socketCalls } from '../sockets/calls.ts';
import { makeAttempt, type Surroundings } from './attempt.ts';
import { STOPPED } from './fault.ts';
import { Turnstile } from './turnstile.ts';

/** How a target stands after an attempt. */
export interface Standing {
  readonly health: Health;
  readonly suspect: boolean;
  /** In a row. */
  readonly misses: number;
}

export interface SchedulerOptions extends Surroundings {
  /** Names must differ. */
  readonly targets: readonly ProbeTarget[];
  /** Scheduled attempts for each target; null goes on until stopped. */
  readonly count: number | null;
  /** Attempts at the same time. @default 500 */
  readonly atOnce?: number;
  onAttempt(attempt: ProbeAttempt, standing: Standing): void;
}

/**
 * Probes targets at their intervals. First starts are spread over the interval, so that a thousand targets are a steady trickle and not a
 * burst; each next start is counted from when the last should have been, so that lateness does not add up.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #turnstile: Turnstile;
  readonly #running = new Set<AbortController>();
  readonly #sleeping = new Map<() => void, NodeJS.Timeout>();
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#turnstile = new Turnstile(options.atOnce ?? 500);
    // Loaded now and not within the first attempt.
    socketCalls();
  }

  /** Ends when every target had its count of attempts, or after {@link stop}, with every socket closed. */
  async run(): Promise<void> {
    const { targets, pool } = this.#options;
    const startNs = nowNs();
    await Promise.all(targets.map((target, at) => this.#follow(target, startNs + (at / targets.length) * target.everyMs * 1e6)));
    pool[Symbol.dispose]();
  }

  /** Ends what runs as `stopped`, and starts nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const [wake, timer] of this.#sleeping) {
      clearTimeout(timer);
      wake();
    }
    for (const end of this.#running) end.abort(STOPPED);
  }

  async #follow(target: ProbeTarget, firstNs: number): Promise<void> {
    const pulse = new Pulse(target);
    const { count } = this.#options;
    let attempt = 0;
    let plannedNs = firstNs;
    for (let scheduled = 0; count === null || scheduled < count; scheduled += 1) {
      await this.#sleepUntil(plannedNs);
      if (this.#stopped) return;
      const requestId = randomUUID();
      attempt += 1;
      let pace = await this.#once(target, pulse, { attempt, requestId, plannedNs, reason: 'scheduled' });
      if (pace.compensate && !this.#stopped) {
        attempt += 1;
        pace = await this.#once(target, pulse, { attempt, requestId, plannedNs: nowNs(), reason: 'compensating' });
      }
      plannedNs = nextStart(plannedNs, pace.nextMs);
    }
  }

  async #once(
    target: ProbeTarget,
    pulse: Pulse,
    what: Pick<ProbeAttempt, 'attempt' | 'requestId' | 'plannedNs' | 'reason'>,
  ): Promise<ReturnType<Pulse['accept']>> {
    const host = target.host;
    await this.#turnstile.enter(host);
    const end = new AbortController();
    this.#running.add(end);
    try {
      if (this.#stopped) return { compensate: false, nextMs: 0 };
      const made = await makeAttempt({ ...what, target, timeoutMs: pulse.timeoutMs, end }, this.#options);
      if (made.failure?.cause === 'stopped') return { compensate: false, nextMs: 0 };
      const pace = pulse.accept({ roundTripMs: roundTripOf(made), retransmits: made.socket?.info?.retransmits ?? null });
      this.#options.onAttempt(made, { health: pulse.health, suspect: pulse.suspect, misses: pulse.misses });
      return pace;
    } finally {
      this.#running.delete(end);
      this.#turnstile.leave(host);
    }
  }

  async #sleepUntil(ns: number): Promise<void> {
    // Timers cut fractions off, and would start early.
    const ms = Math.ceil((ns - nowNs()) / 1e6);
    if (ms <= 0 || this.#stopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleeping.set(resolve, setTimeout(resolve, ms));
    await promise;
    this.#sleeping.delete(resolve);
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
