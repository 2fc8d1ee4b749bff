import type { Transferable } from 'node:worker_threads';
import type { LiveMessage, LiveOutlet } from '../sinks/live-outlet.ts';

/** The live sink's way to the serving thread. Bytes change hands without being copied. */
export class Outlet implements LiveOutlet {
  readonly #post: (message: LiveMessage, transfer: Transferable[]) => void;
  #waitingBytes = 0;

  constructor(post: (message: LiveMessage, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  post(message: LiveMessage): void {
    if (message.type === 'batch') this.#waitingBytes += message.bytes.byteLength;
    this.#post(message, 'bytes' in message ? [message.bytes.buffer] : []);
  }

  /** The serving thread has taken so many bytes of batches over. */
  taken(bytes: number): void {
    this.#waitingBytes -= bytes;
  }
}
