import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { TimeWaitRecord } from '../model/record.ts';
import type { Remnant } from './remnant.ts';

/** What became of a socket's end: which mini-socket was made of it, or none, for there are too many. */
export type Birth = Remnant['phase'] | 'none';

/** Births remembered at most, and for how long they count: the full socket is closed microseconds later. */
const MOST = 1024;
const LASTING_NS = 1e9;

/** What the kernel said of mini-sockets whose full socket it has not yet said to be closed. */
export class Births {
  readonly #told = new Map<string, { readonly birth: Birth; readonly ns: number }>();

  /** A mini-socket was made, or could not be. */
  told(record: TimeWaitRecord): void {
    const birth = record.what === 'refused' ? 'none' : record.phase;
    if (birth !== null) keepNewest(this.#told, tupleKey(record.netns, record), { birth, ns: record.ns }, MOST);
  }

  /** What the kernel said of the one of this four-tuple, whose full socket closed at `ns` by bpftrace's clock; null where it said nothing. */
  take(netns: number | null, tuple: FourTuple, ns: number): Birth | null {
    if (this.#told.size === 0) return null;
    const key = tupleKey(netns, tuple);
    const found = this.#told.get(key);
    if (found === undefined) return null;
    this.#told.delete(key);
    return ns - found.ns < LASTING_NS ? found.birth : null;
  }
}
