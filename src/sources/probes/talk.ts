import type { Duplex } from 'node:stream';
import { Fault } from './fault.ts';
import type { Lane } from './lane.ts';
import { untilAbort } from './until-abort.ts';

/** The longest answer that is waited for, bytes. Every protocol here answers in far less; what sends more is not it. */
const LIMIT = 16 * 1024;

/** What was looked for in the bytes that came, and how many of them it took. */
export interface Found<T> {
  readonly value: T;
  readonly used: number;
}

/** Says and hears bytes on one connection, in memory bounded by {@link LIMIT}. */
export class Talk {
  readonly #stream: Duplex;
  #lane: Lane;
  #held = Buffer.allocUnsafe(512);
  #length = 0;
  #over: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(stream: Duplex, lane: Lane) {
    this.#stream = stream;
    this.#lane = lane;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', (error: Error) => this.#end(error));
    stream.on('end', () => this.#end(new Fault('ended-early', 'answer', 'the far end closed before it had answered')));
    stream.on('close', () => this.#end(new Fault('ended-early', 'answer', 'the connection was closed before there was an answer')));
  }

  /** Whether the far end closed or failed. */
  get over(): boolean {
    return this.#over !== null;
  }

  /** The next attempt on the same connection writes into a lane of its own. */
  moveTo(lane: Lane): void {
    this.#lane = lane;
  }

  say(data: string | Buffer): void {
    this.#lane.during = 'request';
    this.#lane.mark('firstWrite');
    this.#stream.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    this.#lane.during = 'answer';
  }

  /**
   * Waits until `find` finds something in the bytes that came and were not yet used.
   *
   * @throws Fault `ended-early`, `wrong-answer` beyond the limit; the socket's error; the signal's reason.
   */
  async hear<T>(find: (held: Buffer) => Found<T> | null, signal: AbortSignal): Promise<T> {
    this.#lane.during = 'answer';
    for (;;) {
      const found = this.#length === 0 ? null : find(this.#held.subarray(0, this.#length));
      if (found !== null) {
        this.#held.copyWithin(0, found.used, this.#length);
        this.#length -= found.used;
        return found.value;
      }
      if (this.#over !== null) throw this.#over;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await untilAbort(promise, signal);
    }
  }

  #take(chunk: Buffer): void {
    this.#lane.mark('firstByte');
    if (this.#length + chunk.length > LIMIT) {
      this.#end(new Fault('wrong-answer', 'answer', `more than ${LIMIT} bytes came, and what was waited for was not among them`));
      this.#stream.destroy();
      return;
    }
    if (this.#length + chunk.length > this.#held.length) {
      const wider = Buffer.allocUnsafe(Math.max(this.#held.length * 2, this.#length + chunk.length));
      this.#held.copy(wider, 0, 0, this.#length);
      this.#held = wider;
    }
    this.#length += chunk.copy(this.#held, this.#length);
    this.#wake?.();
  }

  #end(error: Error): void {
    this.#over ??= error;
    this.#wake?.();
  }
}

/** Finds one line; its end (LF or CRLF) is left out. One character a byte. */
export function line(held: Buffer): Found<string> | null {
  const end = held.indexOf(0x0a);
  if (end < 0) return null;
  return { value: held.toString('latin1', 0, end).replace(/\r$/, ''), used: end + 1 };
}
