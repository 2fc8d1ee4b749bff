import type { Health } from '../model/probe.ts';
import { gradeOf } from './grade.ts';
import { FIRST_TIMEOUT_MS, RoundTrips } from './round-trips.ts';

/** Misses in a row that make a target suspect, and have one compensating probe sent at once. */
const SUSPECT_AFTER = 2;
/** The compensating one missed, too. */
const DEAD_AFTER = SUSPECT_AFTER + 1;
/** Assessments in a row that agree before health goes down, and up, one step. Up takes longer: what flaps stays down. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 3;
/** Back-off doubles up to here, ms. */
const MAX_BACK_OFF_MS = 5000;
/** How many attempts a miss is remembered for. */
const REMEMBERED = 8;
/** Jitter: σ beyond this share of the mean, and beyond what a busy machine does anyway, ms. */
const JITTER_SHARE = 0.5;
const JITTER_MS = 5;

const STEPS: readonly Health[] = ['healthy', 'jittering', 'weak', 'dead'];

/** What one attempt brought: its round trip in ms, or null for a miss; retransmissions on its socket, null where nobody counted. */
export interface Beat {
  readonly roundTripMs: number | null;
  readonly retransmits: number | null;
}

/** What follows from it. */
export interface Pace {
  /** Whether a compensating probe is to be sent at once. */
  readonly compensate: boolean;
  /** From this start to the next, ms. */
  readonly nextMs: number;
}

/** How one target does, and when and how patiently to ask it again. Pure: one {@link Beat} in, one {@link Pace} out. */
export class Pulse {
  readonly #everyMs: number;
  readonly #fixedTimeoutMs: number | null;
  readonly #trips = new RoundTrips();
  /** Of the last attempts, whether they missed. */
  readonly #missed: boolean[] = [];
  #misses = 0;
  #health: Health = 'new';
  /** The direction of the last assessments that disagreed with the health, and how many in a row. */
  #pull = 0;
  #pulls = 0;
  /** The last beat, and what it found: its grade is made anew once the kernel has said how often it sent again. */
  #last: { readonly beat: Beat; readonly health: Health; readonly pull: number; readonly pulls: number } | null = null;

  constructor({ everyMs, timeoutMs }: { readonly everyMs: number; readonly timeoutMs: number | null }) {
    this.#everyMs = everyMs;
    this.#fixedTimeoutMs = timeoutMs;
  }

  get health(): Health {
    return this.#health;
  }

  /** Two or more misses in a row, and not yet dead. */
  get suspect(): boolean {
    return this.#misses >= SUSPECT_AFTER && this.#health !== 'dead';
  }

  /** Misses in a row. */
  get misses(): number {
    return this.#misses;
  }

  /**
   * For the next attempt, ms. Every miss in a row doubles it, up to the first timeout: a server that has become slow for good would else
   * miss for ever, for misses bring no round trip to learn from (Karn's problem, RFC 6298 §5.5).
   */
  get timeoutMs(): number {
    if (this.#fixedTimeoutMs !== null) return this.#fixedTimeoutMs;
    const base = this.#trips.timeoutMs;
    return Math.max(base, Math.min(base * 2 ** this.#misses, FIRST_TIMEOUT_MS));
  }

  accept(beat: Beat): Pace {
    const missed = beat.roundTripMs === null;
    this.#missed.push(missed);
    if (this.#missed.length > REMEMBERED) this.#missed.shift();
    if (beat.roundTripMs !== null) this.#trips.add(beat.roundTripMs);
    this.#misses = missed ? this.#misses + 1 : 0;
    this.#last = { beat, health: this.#health, pull: this.#pull, pulls: this.#pulls };
    this.#move(this.#assess(beat));
    return { compensate: this.#misses === SUSPECT_AFTER, nextMs: this.#nextMs };
  }

  /** The kernel's word on the last beat, which comes after it: how many segments it had to send again. The beat is graded anew. */
  sentAgain(retransmits: number): void {
    if (this.#last === null) return;
    const { beat, health, pull, pulls } = this.#last;
    [this.#health, this.#pull, this.#pulls] = [health, pull, pulls];
    this.#move(this.#assess({ ...beat, retransmits }));
  }

  /** The base interval, doubled for every miss in a row, to 5 s at most; a longer base interval stays as it is. */
  get #nextMs(): number {
    return Math.max(this.#everyMs, Math.min(this.#everyMs * 2 ** this.#misses, MAX_BACK_OFF_MS));
  }

  /** How the target looks right now, without memory of what was said before. */
  #assess({ roundTripMs, retransmits }: Beat): Health {
    if (this.#misses >= DEAD_AFTER) return 'dead';
    if (roundTripMs === null || this.#missed.filter(Boolean).length >= 2) return 'weak';
    const grade = gradeOf(roundTripMs, retransmits);
    if (grade === 'unhealthy') return 'weak';
    const mean = this.#trips.meanMs ?? 0;
    const sigma = this.#trips.sigmaMs ?? 0;
    return grade === 'degraded' || (sigma > JITTER_SHARE * mean && sigma > JITTER_MS) ? 'jittering' : 'healthy';
  }

  #move(seen: Health): void {
    if (this.#health === 'new' || seen === 'dead') {
      this.#settle(seen);
      return;
    }
    const pull = Math.sign(STEPS.indexOf(seen) - STEPS.indexOf(this.#health));
    this.#pulls = pull !== 0 && pull === this.#pull ? this.#pulls + 1 : 1;
    this.#pull = pull;
    if (pull === 0 || this.#pulls < (pull > 0 ? WORSE_AFTER : BETTER_AFTER)) return;
    this.#settle(STEPS[STEPS.indexOf(this.#health) + pull] ?? this.#health);
  }

  #settle(health: Health): void {
    this.#health = health;
    this.#pull = 0;
    this.#pulls = 0;
  }
}
