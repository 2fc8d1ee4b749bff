import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ErrorCode, SynopticError } from '../core/model/errors.ts';
import { suggestion } from '../core/model/nearest.ts';
import { problemOf } from '../formats/problem.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHORIZED: 401,
  ORIGIN_REFUSED: 403,
  NOT_FOUND: 404,
  FILTER_SYNTAX: 400,
  REQUEST_INVALID: 400,
  NOT_A_REPLAY: 409,
  CORE_SILENT: 503,
  CAPTURE_NOT_KEPT: 503,
  CAPTURE_DAMAGED: 500,
};

/** Every error as JSON. What we did not foresee is logged and answered without its details. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (!(error instanceof SynopticError)) {
    const known = hasZodFastifySchemaValidationErrors(error) ? parameterFault(error.validation[0], request) : requestFault(error);
    if (known === null) request.log.error({ err: error }, 'a request failed');
    reply.code(known?.status ?? 500).send(problemOf(known?.error ?? INTERNAL));
    return;
  }
  if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
  reply.code(STATUS[error.code] ?? 500).send(problemOf(error));
}

/** What is no HTTP at all reaches no route; it is answered by hand, and the connection ends. */
export function refuseMalformed(_error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(new SynopticError('REQUEST_INVALID', 'This is not understood as HTTP.', { expected: 'an HTTP/1.1 request' }));
  const body = JSON.stringify(problem);
  const head = ['HTTP/1.1 400 Bad Request', 'content-type: application/json; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
}

const INTERNAL = new SynopticError('INTERNAL', 'Synoptic itself failed; its log says how.');

type Fault = { status: number; error: SynopticError };

/** What fastify refuses by itself: a URL that is none, a body where none is wanted. */
function requestFault(error: unknown): Fault | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  const { statusCode: status } = error;
  // Where the address itself is wrong it is repeated, and the token may be in it.
  const message = error.message.replace(/\?.*(?=')/s, '');
  return status >= 400 && status < 500 ? { status, error: new SynopticError('REQUEST_INVALID', message) } : null;
}

/** A query parameter that does not fit its schema; the schema's own messages say what is expected. */
function parameterFault(issue: FastifySchemaValidationError | undefined, request: FastifyRequest): Fault {
  const [unknown] = z.object({ keys: z.array(z.string()) }).safeParse(issue?.params).data?.keys ?? [];
  if (unknown !== undefined) {
    const names = parameterNames(request);
    const expected = names.length === 0 ? 'no parameters' : `one of ${names.join(' ')}`;
    return invalid(`There is no parameter “${unknown}”.${suggestion(unknown, names)}`, unknown, expected);
  }
  // Of a list only the parameter as a whole: that is what was written.
  const name = issue?.instancePath.split('/')[1] ?? '';
  return invalid(`The parameter ${name} has a wrong value.`, name, issue?.message ?? '');
}

function invalid(message: string, where: string, expected: string): Fault {
  return { status: 400, error: new SynopticError('REQUEST_INVALID', message, { where, expected }) };
}

function parameterNames(request: FastifyRequest): string[] {
  const schema = request.routeOptions.schema?.querystring;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((name) => name !== 'token') : [];
}
