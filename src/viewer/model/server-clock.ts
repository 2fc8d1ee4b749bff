/**
 * The observed machine's time as it can be told from messages, so that ages are right even where the browser's clock is not.
 * `perfMs` is the browser's monotonic clock at the moment of arrival.
 */
export class ServerClock {
  /** Wall time minus CLOCK_MONOTONIC, µs; null before the first event. */
  #bootUs: number | null = null;
  #latest: { wallUs: number; perfMs: number } | null = null;
  /** Its time passes so many times as fast as ours; 0 while a replay is paused. */
  #rate = 1;

  /** A moment the service knows by both clocks: an event. */
  event(ns: string, at: string, perfMs: number): void {
    const wallUs = microseconds(at);
    this.#bootUs = wallUs - Number(ns) / 1000;
    this.#advance(wallUs, perfMs);
  }

  /** A moment known by wall time alone: a heartbeat. */
  heard(at: string, perfMs: number): void {
    this.#advance(microseconds(at), perfMs);
  }

  /** A replay stands exactly here, by both clocks, and goes on at `rate`. */
  stand(ns: string, at: string, rate: number, perfMs: number): void {
    const wallUs = microseconds(at);
    this.#bootUs = wallUs - Number(ns) / 1000;
    this.#latest = { wallUs, perfMs };
    this.#rate = rate;
  }

  /** A new run may count from elsewhere. */
  reset(): void {
    this.#bootUs = null;
    this.#latest = null;
    this.#rate = 1;
  }

  /** How long ago `ns` (CLOCK_MONOTONIC) was, µs; null while that cannot be told. Never negative. */
  ageUs(ns: string, perfMs: number): number | null {
    const nowNs = this.nowNs(perfMs);
    return nowNs === null ? null : Math.max(0, (nowNs - Number(ns)) / 1000);
  }

  /** What CLOCK_MONOTONIC says there now, ns; null while that cannot be told. */
  nowNs(perfMs: number): number | null {
    if (this.#bootUs === null || this.#latest === null) return null;
    return (this.#latest.wallUs + (perfMs - this.#latest.perfMs) * 1000 * this.#rate - this.#bootUs) * 1000;
  }

  /** The wall time of a moment by CLOCK_MONOTONIC, ms since 1970; null while that cannot be told. */
  wallMs(ns: number): number | null {
    return this.#bootUs === null ? null : (this.#bootUs + ns / 1000) / 1000;
  }

  #advance(wallUs: number, perfMs: number): void {
    const latest = this.#latest;
    if (latest === null || wallUs > latest.wallUs + (perfMs - latest.perfMs) * 1000 * this.#rate) this.#latest = { wallUs, perfMs };
  }
}

/** `2025-11-20T21:00:00.123456Z` → µs since 1970. */
export function microseconds(at: string): number {
  return Math.floor(Date.parse(at) / 1000) * 1e6 + Number(at.slice(20, 26));
}
