import { keepNewest } from '../model/keep-newest.ts';
import { type Cursor, commOf } from './cursor.ts';

/** Threads whose names are kept at most in one generation. */
const CAP = 65_536;

/**
 * The names of threads, by tid, as `C` of bpf/sock-state.bt tells them. Each that is at work is named again every second, and a tid may be
 * another thread's soon: so names are forgotten by generations.
 */
export class Names {
  #young = new Map<number, string>();
  #old = new Map<number, string>();

  /** Null where its `C` was lost, or is two {@link age}s ago. */
  of(tid: number): string | null {
    return this.#young.get(tid) ?? this.#old.get(tid) ?? null;
  }

  set(tid: number, name: string): void {
    keepNewest(this.#young, tid, name, CAP);
  }

  /** Time has passed, longer than it takes to be named again. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
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
