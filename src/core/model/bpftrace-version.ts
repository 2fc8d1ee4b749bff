/** A bpftrace version as a number to compare: `0.23.2` → 23; 1.x counts as newer than every 0.x. */
export function versionNumber(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}

/** Since 0.18 all CPUs share one ring buffer; before, each had a perf buffer of its own. */
export function hasRingBuffer(version: string): boolean {
  return versionNumber(version) > 17;
}
