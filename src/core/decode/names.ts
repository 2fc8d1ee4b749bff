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

  set(tid: number, name: string): void {
    keepNewest(this.#byTid, tid, name, CAP);
  }
}

/** `C` of bpf/sock-state*.bt: nothing that anybody but the decoder must know. */
export function decodeName(cursor: Cursor, _tag: string, names: Names): null {
  const tid = cursor.hex();
  const name = commOf(cursor.bytes());
  cursor.done();
  names.set(tid, name);
  return null;
}
