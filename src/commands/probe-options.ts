import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ProbeSettingsIn } from '../config/probe-settings.ts';
import { parseTarget } from '../config/probe-target.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { ProbeTarget } from '../core/model/target.ts';

type Steps = NonNullable<ProbeSettingsIn['steps']>;

/** What commander makes of the options below. */
export interface ProbeFlags {
  readonly count?: number;
  readonly json: boolean;
  /** False with --no-kernel. */
  readonly kernel: boolean;
  readonly config?: string;
  readonly every?: string;
  readonly timeout?: string;
  readonly family?: 'any' | '4' | '6';
  readonly source?: string;
  readonly servername?: string;
  readonly insecure?: true;
  readonly ca?: string;
  readonly keepAlive?: string;
  readonly keepAliveInterval?: string;
  readonly keepAliveCount?: number;
  readonly userTimeout?: string;
  readonly fastOpen?: true;
  readonly method?: string;
  readonly header?: Record<string, string>;
  readonly status?: string[];
  readonly expectHeader?: Record<string, string>;
  readonly jsonIs?: Record<string, string[]>;
  readonly service?: string;
  readonly dialect?: 'line' | 'redis';
  readonly idle?: string;
}

/** Adds the options of `probe`. `--send` and `--expect` keep their order in `steps`. */
export function addProbeOptions(command: Command, steps: Steps): Command {
  return command
    .option('--count <n>', 'attempts for each target (default 1; without end where --every is given)', wholeNumber)
    .option('--every <time>', 'from one start to the next: 500ms, 10s, 1m')
    .option('--json', 'one line of JSON an attempt', false)
    .option('--no-kernel', 'the application’s side alone: no root, no bpftrace, no wait for it')
    .option('--config <file>', 'settings of the observation, as YAML')
    .option('--timeout <time>', 'for one attempt; else learned from the last round trips')
    .addOption(new Option('--family <family>', 'insist on IPv4 or IPv6').choices(['any', '4', '6']))
    .option('--source <address>', 'connect from this local address')
    .option('--servername <name>', 'SNI, and the name expected in the certificate (default: the host)')
    .option('--insecure', 'accept any certificate, and say what is wrong with it')
    .option('--ca <file>', 'trust these certificates (PEM) instead of the system’s')
    .option('--keep-alive <time>', 'idle time before the kernel’s keep-alive probes')
    .option('--keep-alive-interval <time>', 'between two of them (default 1s; needs koffi)')
    .option('--keep-alive-count <n>', 'unanswered ones that end the connection (default 10; needs koffi)', wholeNumber)
    .option('--user-timeout <time>', 'what was sent may stay unacknowledged for so long (TCP_USER_TIMEOUT; needs koffi)')
    .option('--fast-open', 'send the request in the SYN where the server allows it, and say what happened (needs koffi)')
    .option('--method <method>', 'http: request method (default GET)')
    .option('--header <name: value>', 'http: send this header; may be repeated', pair(':'))
    .option('--status <list>', 'http: which status is right, for example 200-299,401 (default 200-299)', (text) => text.split(','))
    .option('--expect-header <name: text>', 'http: a header of the answer must hold this text; may be repeated', pair(':'))
    .option('--json-is <path=values>', 'http: the body’s JSON must have one of these there: status=ready,up; may be repeated', assertion)
    .option('--service <name>', 'grpc: ask for this service (default: the server as a whole)')
    .option(
      '--send <text>',
      'exchange: send this; \\r \\n \\t \\0 \\xHH \\\\ are understood',
      (text) => void steps.push({ send: unescaped(text) }),
    )
    .option('--expect <text>', 'exchange: wait for this', (text) => void steps.push({ expect: unescaped(text) }))
    .addOption(new Option('--dialect <dialect>', 'heartbeat: what is spoken (default line)').choices(['line', 'redis']))
    .option('--idle <time>', 'heartbeat: replace a connection unused for longer (default 5m)');
}

/** @throws SynopticError as {@link parseTarget} does, and USAGE for a target that is named twice. */
export function targetsOf(texts: readonly string[], flags: ProbeFlags, steps: Steps): ProbeTarget[] {
  const { every, timeout, family, source, servername, method, header, status, expectHeader, jsonIs, service, dialect, idle } = flags;
  const { keepAlive, keepAliveInterval, keepAliveCount, userTimeout, fastOpen } = flags;
  const all: Readonly<Record<keyof ProbeSettingsIn, unknown>> = {
    ...{ every, timeout, family, source, servername, method, status, service, dialect, idle },
    ...{ keepAlive, keepAliveInterval, keepAliveCount, userTimeout, fastOpen },
    ...{ headers: header, expectHeaders: expectHeader, json: jsonIs },
    verify: flags.insecure === true ? false : undefined,
    ca: flags.ca === undefined ? undefined : readCertificates(flags.ca),
    steps: steps.length === 0 ? undefined : steps,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as ProbeSettingsIn;
  const targets = texts.map((text) => parseTarget(text, given));
  const twice = targets.find(({ name }, at) => targets.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw new SynopticError('USAGE', `${twice.name} is named twice`, { where: 'TARGET' });
  return targets;
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SynopticError('PROBE_SETTING', `${file} cannot be read`, { where: '--ca', expected: 'a file of certificates in PEM', cause });
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, at least 1.');
  return Number(text);
}

function pair(separator: string): (text: string, before: Record<string, string> | undefined) => Record<string, string> {
  return (text, before = {}) => {
    const at = text.indexOf(separator);
    if (at < 1) throw new InvalidArgumentError(`Expected NAME${separator} VALUE.`);
    return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
  };
}

function assertion(text: string, before: Record<string, string[]> = {}): Record<string, string[]> {
  const [path = '', values] = text.split(/=(.*)/s);
  if (path === '' || values === undefined || values === '') throw new InvalidArgumentError('Expected PATH=VALUE,VALUE…');
  return { ...before, [path]: values.split(',') };
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' };

/** One character a byte: other text goes out as UTF-8. */
function unescaped(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (whole: string, hex: string | undefined, letter: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const meant = ESCAPES[letter ?? ''];
    if (meant === undefined) throw new InvalidArgumentError(`${whole} is not understood; \\r \\n \\t \\0 \\xHH \\\\ are.`);
    return meant;
  });
}
