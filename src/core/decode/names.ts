import { keepNewest } from '../model/keep-newest.ts';
import { type Cursor, commOf } from './cursor.ts';

/** Threads whose names are kept at most; each that is at work is named again every second. */
const CAP = 65_536;

/** The names of threads, by tid, as `C` of bpf/sock-state.bt tells them. */
export class Names {
  readonly #byTid = new Map<number, string>();

  /** Null where its `C` was lost, or is too long ago. */
  of(tid: number): string | null {
    return this.#byTid.get(tid) ?? null;
  }

  /** Reads a `C`. */
  read(cursor: Cursor): void {
    const tid = cursor.hex();
    const comm = commOf(cursor.bytes());
    cursor.done();
    keepNewest(this.#byTid, tid, comm, CAP);
  }
}
