import type { Origin } from '../model/event.ts';
import type { FourTuple } from '../model/four-tuple.ts';
import type { SampledSocket } from '../model/input.ts';
import type { Owner } from '../model/owner.ts';
import type { StateRecord } from '../model/record.ts';
import type { Link } from './chain.ts';
import type { Pool } from './pools.ts';

/** A four-tuple whose socket has closed while the kernel keeps it: true TIME_WAIT, or an orphaned FIN_WAIT2 that waits for a FIN. */
export interface Remnant extends FourTuple, Link<Remnant> {
  readonly sock: number | null;
  /** Null where the script could not tell (no BTF). */
  readonly netns: number | null;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly owner: Owner | null;
  readonly probe: string | null;
  phase: 'time-wait' | 'fin-wait2';
  /** When its 60 s began. */
  sinceNs: number;
  /** The sequence number it expects next; null where that is not known. */
  readonly rcvNxt: number | null;
  /** Who opened the connection; null where nobody knows. */
  readonly origin: Origin | null;
  /** Whether the kernel itself told of its birth: then it tells of the end, too. */
  readonly exact: boolean;
  /** When the kernel ended it, while who took the four-tuple over is awaited; null before. */
  endedNs: number | null;
  /** Where it is counted; null for an orphaned FIN_WAIT2. */
  pool: Pool | null;
}

/** Whether a sample is a mini-socket, which is the ledger's. `ss` tells an orphaned FIN_WAIT2 from a full socket by its timer. */
export function isMini(sample: SampledSocket): boolean {
  return sample.state === 'TIME_WAIT' || (sample.state === 'FIN_WAIT2' && sample.remainingMs !== null);
}

/** What the end of a full socket left behind (kernel facts, section 7: 19 of 19 measured). */
export function leftBehind(record: StateRecord): 'time-wait' | 'fin-wait2' | null {
  if (record.to !== 'CLOSE' || (record.from !== 'FIN_WAIT2' && record.from !== 'CLOSING')) return null;
  if (record.err !== null && record.err !== 0) return null;
  if (record.from === 'CLOSING' || record.finReceived !== false) return 'time-wait';
  return 'fin-wait2';
}
