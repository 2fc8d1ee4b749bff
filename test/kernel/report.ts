import type { Hook } from '../../src/core/model/hook.ts';
import type { LedgerReport } from './ledger.ts';
import type { Scene } from './lines.ts';

/** Which hooks a machine was given: all it has, tracepoints without raw ones, or kprobes instead of the tracepoints they stand in for. */
export type Way = 'best' | 'tracepoint' | 'kprobe';

export interface WayReport {
  readonly way: Way;
  readonly hooks: readonly Hook[];
  /** What `synoptic tail` said on stderr. */
  readonly words: string;
  /** Null where it came to nothing; `fault` says why. */
  readonly scenes: Readonly<Record<Scene, readonly string[]>> | null;
  /** Whatever was lost; should be nothing. */
  readonly gaps: readonly string[];
  readonly fault: string | null;
}

/** What one machine of the matrix says. */
export interface GuestReport {
  readonly kernel: string;
  readonly bpftrace: string | null;
  readonly ways: readonly WayReport[];
  /** Null where no kprobe tells TIME_WAIT; left out by machines that were run before this was looked at. */
  readonly ledger?: LedgerReport | null;
  /** Scripts that no way ran: null where it attaches, else why not. */
  readonly others: Readonly<Record<string, string | null>>;
}
