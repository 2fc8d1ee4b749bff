import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SynopticError } from '../core/model/errors.ts';
import { buildApp } from './app.ts';
import { Guard } from './auth.ts';
import { type App, type AppOptions, urlHost } from './options.ts';

/** What was listened on: `host` an address, `port` the real one, also where 0 was asked for. */
export interface Listening {
  readonly app: App;
  readonly host: string;
  readonly port: number;
}

/**
 * Serves the page, the API, the metrics and the live stream.
 *
 * @throws SynopticError TOKEN_REQUIRED, LISTEN_IN_USE or LISTEN_REFUSED; nothing is left listening then.
 */
export async function listen(options: AppOptions): Promise<Listening> {
  const { token, allowedOrigins } = options;
  const { host, port } = options.listen;
  // Resolved here, so that what is judged as loopback is what is listened on.
  const address = isIP(host) === 0 ? await resolve(host) : host;
  const app = await buildApp(options, new Guard({ address, host, token, allowedOrigins }));
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    await app.close();
    throw listenFault(error, host, port);
  }
  const bound = app.server.address();
  return { app, host: address, port: bound !== null && typeof bound === 'object' ? bound.port : 0 };
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
