/** How many remnants one network namespace has: by the ledger, and by the kernel's own count. */
export interface Population {
  timeWait: number;
  finWait2: number;
  /** sockstat tw; null before it was first read. */
  kernel: number | null;
  kernelNs: number;
  /** By how many the ledger is ahead of the kernel. */
  surplus: number;
}

/** A reading of the kernel's population that is older says nothing of now. */
const STALE_NS = 12e9;

/** Whether the kernel's count is of a moment ago. */
export function isWitnessed({ kernelNs }: Population, ns: number): boolean {
  return ns - kernelNs < 3e9;
}

export function isStale({ kernelNs }: Population, ns: number): boolean {
  return ns - kernelNs > STALE_NS;
}
