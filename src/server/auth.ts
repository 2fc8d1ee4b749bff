import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { holds, parseNetwork } from '../core/model/address.ts';
import { SynopticError } from '../core/model/errors.ts';

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseNetwork).filter((network) => network !== null);

/** 127.0.0.0/8 and ::1, in any spelling. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.some((network) => holds(network, address));
}

export interface GuardOptions {
  /** The address listened on. */
  readonly address: string;
  /** As it was asked for; may be a name. */
  readonly host: string;
  readonly token: string | null;
  readonly allowedOrigins: readonly string[];
}

/** Decides who may ask: by Host (DNS rebinding), by Origin (other sites' pages), by token. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #loopback: boolean;
  readonly #token: Buffer | null;

  /** @throws SynopticError TOKEN_REQUIRED where the address can be reached from other machines and there is no token. */
  constructor(options: GuardOptions) {
    this.#options = options;
    this.#loopback = isLoopback(options.address);
    this.#token = options.token === null ? null : digest(options.token);
    if (this.#loopback || this.#token !== null) return;
    throw new SynopticError('TOKEN_REQUIRED', `${options.host} can be reached from other machines, and no token is set.`, {
      where: 'listen',
      expected: 'a loopback address (127.0.0.1, ::1), or a token of at least 16 characters',
      mend: 'set SYNOPTIC_TOKEN, for example SYNOPTIC_TOKEN=$(openssl rand -hex 16), or leave --listen out',
    });
  }

  /** A page of another site whose name was made to point at 127.0.0.1 still sends that name as Host. */
  checkHost(request: FastifyRequest): void {
    if (!this.#loopback) return;
    const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:@/]+))(?::\d+)?$/.exec(request.headers.host ?? '') ?? [];
    const name = (bracketed ?? plain ?? '').toLowerCase();
    if (name === 'localhost' || name === this.#options.host.toLowerCase() || isLoopback(name)) return;
    throw new SynopticError('ORIGIN_REFUSED', 'This name is not one of this machine’s own.', {
      where: 'Host',
      expected: 'localhost, a loopback address or the name that is listened on',
    });
  }

  /** Needed where a page of another site could do harm without reading the answer: WebSocket, and whatever is no GET. */
  checkOrigin(request: FastifyRequest): void {
    const { origin, host } = request.headers;
    if (origin === undefined || this.#isAllowed(origin) || isSameHost(origin, host)) return;
    throw new SynopticError('ORIGIN_REFUSED', 'Pages of this origin may not connect.', {
      where: 'Origin',
      expected: 'the page that this server serves, or an origin listed in allowedOrigins',
    });
  }

  /** Lets an allowed origin read answers (CORS). True where the request was a preflight and is answered by that. */
  allowOrigin(request: FastifyRequest, reply: FastifyReply): boolean {
    const { origin } = request.headers;
    if (origin === undefined || !this.#isAllowed(origin)) return false;
    reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    if (request.method !== 'OPTIONS') return false;
    reply.header('access-control-allow-methods', 'GET').header('access-control-allow-headers', 'authorization');
    return true;
  }

  checkToken(request: FastifyRequest): void {
    if (this.#token === null) return;
    const sent = sentToken(request);
    // Digests have one length, so neither length nor content shows in the time that comparing takes.
    if (sent !== null && timingSafeEqual(digest(sent), this.#token)) return;
    throw new SynopticError('UNAUTHORIZED', sent === null ? 'A token is needed.' : 'The token is wrong.', {
      expected: 'the header `Authorization: Bearer TOKEN`, or ?token=TOKEN for the page and for WebSockets',
    });
  }

  #isAllowed(origin: string): boolean {
    return this.#options.allowedOrigins.includes(origin);
  }
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  // Parsed by the page's scheme, so that a default port written out is the same as one left out.
  const asked = `${page.protocol}//${host}`;
  return /^https?:$/.test(page.protocol) && URL.canParse(asked) && new URL(asked).host === page.host;
}

function sentToken(request: FastifyRequest): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const { query } = request;
  const token = typeof query === 'object' && query !== null && 'token' in query ? query.token : null;
  return typeof token === 'string' ? token : null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
