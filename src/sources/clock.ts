/** CLOCK_MONOTONIC now, in nanoseconds as a double. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** Wall time beside CLOCK_MONOTONIC when last compared, µs. */
let offsetUs = Number.NaN;

/**
 * Wall time now, µs since 1970: the monotonic clock's microseconds on Date's milliseconds, so that it neither jitters nor misses that
 * somebody set the clock.
 */
export function nowWallUs(): number {
  const monotonicUs = nowNs() / 1000;
  const wallUs = Date.now() * 1000;
  if (!(Math.abs(wallUs - monotonicUs - offsetUs) < 2000)) offsetUs = wallUs - monotonicUs;
  return Math.round(monotonicUs + offsetUs);
}
