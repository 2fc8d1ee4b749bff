import { isIP } from 'node:net';
import { SynopticError } from '../core/model/errors.ts';
import { suggestion } from '../core/model/nearest.ts';
import type { ProbeProtocol, ProbeTarget, Reach } from '../core/model/target.ts';
import { ONLY_FOR, ProbeSettings, type ProbeSettingsIn } from './probe-settings.ts';

/** URL schemes, what they speak, whether in TLS, and the port where none is written; 0 must be written. */
const SCHEMES: Readonly<Record<string, { readonly protocol: ProbeProtocol; readonly tls: boolean; readonly port: number }>> = {
  tcp: { protocol: 'tcp', tls: false, port: 0 },
  tls: { protocol: 'tls', tls: true, port: 443 },
  http: { protocol: 'http', tls: false, port: 80 },
  https: { protocol: 'http', tls: true, port: 443 },
  redis: { protocol: 'redis', tls: false, port: 6379 },
  rediss: { protocol: 'redis', tls: true, port: 6379 },
  postgres: { protocol: 'postgres', tls: false, port: 5432 },
  postgresql: { protocol: 'postgres', tls: false, port: 5432 },
  grpc: { protocol: 'grpc', tls: false, port: 0 },
  grpcs: { protocol: 'grpc', tls: true, port: 443 },
  exchange: { protocol: 'exchange', tls: false, port: 0 },
  exchanges: { protocol: 'exchange', tls: true, port: 0 },
  heartbeat: { protocol: 'heartbeat', tls: false, port: 0 },
  heartbeats: { protocol: 'heartbeat', tls: true, port: 0 },
};

const FORMS = `a URL: ${Object.keys(SCHEMES).join(' ')}, for example tcp://10.0.0.7:443, https://host/health, redis://[::1]:6379`;

/**
 * Reads a target's URL and its settings.
 *
 * @throws SynopticError TARGET_SYNTAX, PROBE_SETTING.
 */
export function parseTarget(text: string, given: ProbeSettingsIn): ProbeTarget {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  const kind = SCHEMES[scheme.toLowerCase()];
  if (kind === undefined) {
    const what = scheme === '' ? `${visible(text)} is no URL` : `nothing here speaks ${scheme}.${suggestion(scheme, Object.keys(SCHEMES))}`;
    throw new SynopticError('TARGET_SYNTAX', what, { where: 'TARGET', expected: FORMS });
  }
  // WHATWG URLs of unknown schemes are not normalised, and http's drop their port: read as one unknown scheme, for all alike.
  const rest = `probe:${text.slice(scheme.length + 1)}`;
  const url = URL.canParse(rest) ? new URL(rest) : null;
  const host = url === null ? '' : decoded(url.hostname.replace(/^\[|\]$/g, ''));
  if (url === null || !isHost(host)) throw fault(text, 'has no host that can be probed, or a port that is none');
  const port = url.port === '' ? kind.port : Number(url.port);
  if (port === 0) throw fault(text, 'has no port');
  if (url.hash !== '') throw fault(text, 'has a fragment (#…), which no server ever sees');
  const mode = kind.protocol === 'postgres' ? sslMode(text, url) : null;
  const secured = mode === null ? kind.tls : mode !== 'disable';
  const settings = checked(given, kind.protocol, secured);
  const verify = settings.verify && mode !== 'require';
  const tls = secured ? { servername: settings.servername ?? host, verify, ca: settings.ca } : null;
  const beats = kind.protocol === 'heartbeat';
  const reach: Reach = {
    name: nameOf(scheme.toLowerCase(), url),
    host,
    port,
    tls,
    family: settings.family === 'any' ? 0 : settings.family === '4' ? 4 : 6,
    source: settings.source,
    timeoutMs: settings.timeout ?? (beats ? 1000 : null),
    everyMs: settings.every ?? (beats ? 30_000 : 1000),
    keepAliveMs: settings.keepAlive,
    keepAliveIntervalMs: settings.keepAliveInterval,
    keepAliveCount: settings.keepAliveCount,
    userTimeoutMs: settings.userTimeout,
    fastOpen: settings.fastOpen,
  };
  refuseContradictions(text, reach);
  return targetOf(kind.protocol, reach, url, settings, text);
}

function targetOf(protocol: ProbeProtocol, reach: Reach, url: URL, settings: ProbeSettings, text: string): ProbeTarget {
  const { method, headers, status, expectHeaders, service, steps, dialect } = settings;
  const path = decoded(url.pathname.replace(/^\//, ''));
  const user = url.username === '' ? null : decoded(url.username);
  const password = url.password === '' ? null : decoded(url.password);
  const plain = (): void => {
    if (user !== null || password !== null) throw fault(text, 'has a user or password, which nothing here asks for');
    if (path !== '' || url.search !== '') throw fault(text, 'has a path, which nothing here asks for');
  };
  switch (protocol) {
    case 'http': {
      const json = Object.entries(settings.json).map(([where, oneOf]) => ({ path: where, oneOf }));
      const basic = user === null ? {} : { Authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
      return {
        ...reach,
        protocol,
        method,
        path: `${url.pathname || '/'}${url.search}`,
        headers: { ...basic, ...headers },
        status,
        expectHeaders,
        json,
      };
    }
    case 'redis':
      if (path !== '' || url.search !== '') throw fault(text, 'has a path; PING needs no database');
      return { ...reach, protocol, user, password };
    case 'postgres':
      return { ...reach, protocol, user: user ?? 'synoptic', password, database: path === '' ? (user ?? 'postgres') : path };
    case 'grpc':
      if (user !== null || url.search !== '') throw fault(text, 'has a user or a query; grpc://host:port/SERVICE is all there is');
      if (path !== '' && service !== '') throw fault(text, 'names a service, and so does the setting');
      return { ...reach, protocol, service: path === '' ? service : path };
    case 'exchange':
      plain();
      if (steps.length === 0) throw fault(text, 'has nothing to send or expect');
      return { ...reach, protocol, steps };
    case 'heartbeat':
      plain();
      return { ...reach, protocol, dialect, idleMs: settings.idle };
    default:
      plain();
      return { ...reach, protocol };
  }
}

const SSL_MODES = ['disable', 'require', 'verify-full'];

/** As libpq has it: `require` encrypts and believes any certificate, `verify-full` does not. */
function sslMode(text: string, url: URL): string {
  const { search, searchParams } = url;
  const mode = searchParams.get('sslmode') ?? 'disable';
  if ((search !== '' && (searchParams.size !== 1 || !searchParams.has('sslmode'))) || !SSL_MODES.includes(mode)) {
    throw fault(text, `has a query other than sslmode=${SSL_MODES.join('|')}`);
  }
  return mode;
}

function checked(given: ProbeSettingsIn, protocol: ProbeProtocol, tls: boolean): ProbeSettings {
  const parsed = ProbeSettings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0] ?? issue?.path ?? '');
    const schema = Object.entries(ProbeSettings.shape).find(([known]) => known === name)?.[1];
    const expected = schema?.meta()?.['expected'];
    throw new SynopticError('PROBE_SETTING', `${name} ${issue?.code === 'custom' ? issue.message : 'has a value that cannot be'}`.trim(), {
      where: name,
      ...(typeof expected === 'string' && { expected }),
    });
  }
  for (const name of Object.keys(given) as (keyof ProbeSettings)[]) {
    const only = ONLY_FOR[name];
    const idle = (only !== undefined && !only.includes(protocol)) || (['servername', 'verify', 'ca'].includes(name) && !tls);
    if (idle && given[name] !== undefined) {
      const whom = only === undefined ? 'TLS' : only.join(', ');
      throw new SynopticError('PROBE_SETTING', `${name} means nothing for this target`, { where: name, expected: `a target of ${whom}` });
    }
  }
  refuseLone(parsed.data, tls);
  return parsed.data;
}

/** Settings that mean nothing without another, or with it. */
function refuseLone({ keepAlive, keepAliveInterval, keepAliveCount, fastOpen, steps: [first] }: ProbeSettings, tls: boolean): void {
  if (keepAlive === null && (keepAliveInterval !== null || keepAliveCount !== null)) {
    const name = keepAliveInterval === null ? 'keepAliveCount' : 'keepAliveInterval';
    throw new SynopticError('PROBE_SETTING', `${name} means nothing without keepAlive`, { where: name, expected: 'keepAlive as well' });
  }
  if (fastOpen && !tls && first !== undefined && 'expect' in first) {
    throw new SynopticError('PROBE_SETTING', 'fastOpen sends no SYN before the first write, and this target waits first', {
      where: 'fastOpen',
      expected: 'an exchange that begins with send',
    });
  }
}

function refuseContradictions(text: string, { host, family, source }: Reach): void {
  const written = isIP(host);
  if (family !== 0 && written !== 0 && written !== family) throw fault(text, `is not an IPv${family} address`);
  const from = source === null ? 0 : isIP(source);
  if (from !== 0 && written !== 0 && from !== written) throw fault(text, 'and the source address are of different families');
}

/** Host names as resolvers take them (RFC 1123, underscores too), or an address. */
function isHost(host: string): boolean {
  return isIP(host) !== 0 || (host.length <= 253 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?$/i.test(host) && !/^[\d.]+$/.test(host));
}

/** As written, but for the password. */
function nameOf(scheme: string, url: URL): string {
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${scheme}://${user}${url.host}${url.pathname === '/' ? '' : url.pathname}${url.search}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function visible(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** Never repeats the target where a password may be in it. */
function fault(text: string, what: string): SynopticError {
  const shown = text.includes('@') ? 'the target' : visible(text);
  return new SynopticError('TARGET_SYNTAX', `${shown} ${what}`, { where: 'TARGET', expected: FORMS });
}
