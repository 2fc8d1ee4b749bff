import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Requests that one connection has sent without waiting for the answers. Node makes all the answers at once, whatever is read of them, and goes
 * on with them when the connection is gone: a few bytes each would have us hold and do as much as anybody likes.
 */
export class Pipelined {
  readonly #most: number;
  readonly #open = new WeakMap<Socket, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether this one shall be answered. Where it shall not, its connection has been ended, and nothing more is to be done. */
  admit(request: FastifyRequest, reply: FastifyReply): boolean {
    const { socket } = request.raw;
    const open = this.#open.get(socket) ?? 0;
    if (open >= this.#most) socket.destroy();
    if (socket.destroyed) return false;
    this.#open.set(socket, open + 1);
    reply.raw.once('close', () => this.#open.set(socket, (this.#open.get(socket) ?? 1) - 1));
    return true;
  }
}
