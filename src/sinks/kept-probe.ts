import type { Cause } from '../core/model/cause.ts';
import type { ProbeEvent } from '../core/model/event.ts';
import type { Health } from '../core/model/probe.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import type { ProbeRow } from '../formats/probes.ts';
import { rfc3339 } from '../formats/utc.ts';

/** One target: its last attempts, and what all of them came to. */
export class KeptProbe {
  readonly id: number;
  readonly target: ProbeTarget;
  readonly counts = { attempts: 0, failures: 0, synRetransmits: 0, opened: 0, reused: 0, closed: 0 };
  /** Attempts that were not alive, by cause. */
  readonly causes = new Map<Cause, number>();
  #most: number;
  /** Oldest first. */
  #attempts: ProbeEvent[] = [];

  /** @param most attempts kept. */
  constructor(id: number, target: ProbeTarget, most: number) {
    this.id = id;
    this.target = target;
    this.#most = most;
  }

  keep(most: number): void {
    this.#most = most;
    this.#attempts = this.#attempts.slice(-most);
  }

  /** An attempt, or more about one that was told before: what is kept of it becomes the newer word, and no count changes. */
  accept(event: ProbeEvent): void {
    if (event.update !== null) {
      const at = this.#attempts.findLastIndex(({ attempt }) => attempt.attempt === event.attempt.attempt);
      if (at >= 0) this.#attempts[at] = event;
      return;
    }
    this.#attempts.push(event);
    if (this.#attempts.length > this.#most) this.#attempts.shift();
    this.#count(event);
  }

  get last(): ProbeEvent | null {
    return this.#attempts.at(-1) ?? null;
  }

  get attempts(): readonly ProbeEvent[] {
    return this.#attempts;
  }

  get health(): Health {
    return this.last?.standing.health ?? 'new';
  }

  get row(): ProbeRow {
    const { id, last, health } = this;
    const { name: target, protocol, everyMs } = this.target;
    const { attempts, failures, synRetransmits, opened, reused, closed } = this.counts;
    const { suspect, misses } = last?.standing ?? { suspect: false, misses: 0 };
    return {
      ...{ id, target, protocol, everyMs, health, suspect, misses, attempts, failures },
      last: last === null ? null : lastOf(last),
      roundTripMs: this.#roundTrips(),
      synRetransmits,
      connections: { opened, reused, closed },
    };
  }

  #count({ attempt: { moments, pooled }, kernel, verdict: { cause } }: ProbeEvent): void {
    const { counts } = this;
    counts.attempts += 1;
    if (cause !== null) {
      counts.failures += 1;
      this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
    }
    counts.synRetransmits += kernel?.synRetransmits ?? 0;
    if (pooled?.reused === true) counts.reused += 1;
    else if (moments.connected !== null) counts.opened += 1;
    if (moments.connected !== null && moments.closed !== null) counts.closed += 1;
    // The one before was closed, between two attempts or in the last of its own.
    if (typeof pooled?.replaced === 'string') counts.closed += 1;
  }

  #roundTrips(): ProbeRow['roundTripMs'] {
    const all = this.#attempts.flatMap((event) => roundTripMs(event) ?? []);
    if (all.length === 0) return { mean: null, max: null };
    return { mean: rounded(all.reduce((sum, ms) => sum + ms, 0) / all.length), max: rounded(Math.max(...all)) };
  }
}

function lastOf(event: ProbeEvent): NonNullable<ProbeRow['last']> {
  const { attempt, verdict } = event;
  const ms = roundTripMs(event);
  return {
    attempt: attempt.attempt,
    at: rfc3339(attempt.wallUs),
    alive: verdict.alive,
    cause: verdict.cause,
    words: attempt.failure?.words ?? attempt.answer ?? '',
    roundTripMs: ms === null ? null : rounded(ms),
  };
}

function roundTripMs({ attempt: { moments }, verdict }: ProbeEvent): number | null {
  const { called, done } = moments;
  return verdict.alive && called !== null && done !== null ? (done - called) / 1e6 : null;
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
