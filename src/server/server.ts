import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SynopticError } from '../core/model/errors.ts';
import { buildApp } from './app.ts';
import { Guard } from './auth.ts';
import type { App, ServerOptions } from './options.ts';

/** A server that listens. Disposing it closes every connection within a second. */
export interface Server extends AsyncDisposable {
  readonly host: string;
  /** The real one, also where 0 was asked for. */
  readonly port: number;
  /** For example `http://127.0.0.1:7373`. */
  readonly url: string;
}

/**
 * Serves the page, the API, the metrics and the live stream.
 *
 * @throws SynopticError TOKEN_REQUIRED, LISTEN_IN_USE or LISTEN_REFUSED; nothing is left listening then.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, port } = options.listen;
  // Resolved here, so that what is judged as loopback is what is listened on.
  const address = isIP(host) === 0 ? await resolve(host) : host;
  const guard = new Guard({ address, host, token: options.token, allowedOrigins: options.allowedOrigins });
  const app = await buildApp(options, guard);
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    await app.close();
    throw listenFault(error, host, port);
  }
  return running(app, address);
}

function running(app: App, host: string): Server {
  const bound = app.server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  return {
    host,
    port,
    url: `http://${urlHost(host)}:${port}`,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw refused(host, 'this name has no address', cause);
  }
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new SynopticError('LISTEN_IN_USE', `Something else listens on ${urlHost(host)}:${port}.`, {
      where: 'listen',
      expected: 'an address and port that are free',
      mend: `see who it is with \`ss -ltnp 'sport = :${port}'\`, or take a free port with --listen 127.0.0.1:0`,
      cause: error,
    });
  }
  if (code === 'EACCES') return refused(`${urlHost(host)}:${port}`, 'ports below 1024 need root', error);
  if (code === 'EADDRNOTAVAIL') return refused(host, 'no interface of this machine has this address', error);
  return typeof code === 'string' ? refused(`${urlHost(host)}:${port}`, code, error) : error;
}

function refused(what: string, why: string, cause: unknown): SynopticError {
  return new SynopticError('LISTEN_REFUSED', `${what} cannot be listened on: ${why}.`, {
    where: 'listen',
    expected: 'an address of this machine, for example 127.0.0.1:7373, and a port that this user may take',
    cause,
  });
}
