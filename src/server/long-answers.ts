import type { FastifyReply } from 'fastify';
import { SynopticError } from '../core/model/errors.ts';

/** What is shorter fits into what the kernel holds for a connection, and is answered always: refusals among it. */
const LONG_BYTES = 64 * 1024;

/**
 * Answers that are made at once and may be megabytes. Whoever asks for many and reads none would have us hold them all: beyond a bound
 * the next is refused instead.
 */
export class LongAnswers {
  readonly #most: number;
  #unread = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * To be called with whatever is about to be sent; streams are read as they are taken, and count for nothing.
   *
   * @throws SynopticError CORE_SILENT where too much waits to be read.
   */
  hold({ raw }: FastifyReply, payload: unknown): void {
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload instanceof Uint8Array ? payload.byteLength : 0;
    if (bytes < LONG_BYTES) return;
    if (this.#unread > 0 && this.#unread + bytes > this.#most) {
      throw new SynopticError('CORE_SILENT', 'Too many long answers wait to be read.', {
        mend: 'read those that were asked for, and ask again',
      });
    }
    this.#unread += bytes;
    raw.once('close', () => {
      this.#unread -= bytes;
    });
  }
}
