import type { FastifyReply } from 'fastify';

/** Answers with JSON that is printed already. */
export function json(reply: FastifyReply, { buffer, byteOffset, byteLength }: Uint8Array): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Buffer.from(buffer, byteOffset, byteLength));
}
