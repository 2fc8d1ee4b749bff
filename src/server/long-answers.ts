import type { FastifyReply } from 'fastify';
import { SynopticError } from '../core/model/errors.ts';
import type { Bytes } from '../sinks/live-outlet.ts';

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

  /** @throws SynopticError CORE_SILENT where too much waits to be read. */
  send(reply: FastifyReply, { buffer, byteOffset, byteLength }: Bytes): FastifyReply {
    if (this.#unread > 0 && this.#unread + byteLength > this.#most) {
      throw new SynopticError('CORE_SILENT', 'Too many long answers wait to be read.', {
        mend: 'read those that were asked for, and ask again',
      });
    }
    this.#unread += byteLength;
    reply.raw.once('close', () => {
      this.#unread -= byteLength;
    });
    return reply.type('application/json; charset=utf-8').send(Buffer.from(buffer, byteOffset, byteLength));
  }
}
