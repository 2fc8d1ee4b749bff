import { keepNewest } from '../model/keep-newest.ts';

interface Closed {
  readonly key: string | null;
  readonly skaddr: number;
  /** When it closed. */
  readonly heardNs: number;
}

/** Remembered at most: what closes at 10,000 a second within the longest listing of sockets seen, 1.5 s. */
const CAP = 16_384;
/** What the kernel says of a socket after its end, it says at once: the report of its error, the RST of an abort. */
const AFTERWARDS_NS = 1e9;

/** Sockets that have closed a moment ago: the kernel still speaks of them, and a listing taken meanwhile may still hold them. */
export class Lately<T extends Closed> {
  readonly #bySkaddr = new Map<number, T>();
  readonly #byKey = new Map<string, T>();

  closed(sock: T): void {
    if (sock.skaddr !== 0) keepNewest(this.#bySkaddr, sock.skaddr, sock, CAP);
    if (sock.key !== null) keepNewest(this.#byKey, sock.key, sock, CAP);
  }

  /** The last one that closed at this pointer, where that was just before `ns`. */
  at(skaddr: number, ns: number): T | null {
    return just(this.#bySkaddr.get(skaddr), ns);
  }

  /** The last one that closed with this four-tuple, where that was just before `ns`. */
  of(key: string, ns: number): T | null {
    return just(this.#byKey.get(key), ns);
  }

  /** Whether one with this four-tuple has closed at `fromNs` or later. */
  since(key: string, fromNs: number): boolean {
    return (this.#byKey.get(key)?.heardNs ?? Number.NEGATIVE_INFINITY) >= fromNs;
  }
}

function just<T extends Closed>(sock: T | undefined, ns: number): T | null {
  return sock !== undefined && ns - sock.heardNs < AFTERWARDS_NS ? sock : null;
}
