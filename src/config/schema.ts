import { z } from 'zod';
import { Detect } from './detect-settings.ts';
import { DEFAULT_LISTEN, LISTEN_FORMS, type Listen, parseListen } from './listen.ts';
import { ProbeEntries } from './probe-entry.ts';
import { ProbeSettings } from './probe-settings.ts';
import { describeSettings, type Setting, setting } from './setting.ts';
import { WebhookSettings } from './webhook-settings.ts';

const listen = z.union([z.string(), z.int()]).transform((value, context): Listen => {
  const parsed = parseListen(String(value));
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'is no address to listen on.' });
  return z.NEVER;
});

/** Scheme, host and port as a browser sends them in `Origin`: nothing else can be compared. */
const origin = z.string().refine((text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text, {
  message: 'has an entry that is no origin.',
});

export const TOKEN_FORM = 'at least 16 visible ASCII characters without spaces, for example from `openssl rand -hex 16`';
export const Token = z.string().regex(/^[\x21-\x7e]{16,}$/, { message: 'is too short, or holds spaces or characters beyond ASCII.' });

/** Linux's capabilities as setpriv names them (capabilities(7)). */
const CAPABILITIES = [
  ...['audit_control', 'audit_read', 'audit_write', 'block_suspend', 'bpf', 'checkpoint_restore', 'chown', 'dac_override'],
  ...['dac_read_search', 'fowner', 'fsetid', 'ipc_lock', 'ipc_owner', 'kill', 'lease', 'linux_immutable', 'mac_admin'],
  ...['mac_override', 'mknod', 'net_admin', 'net_bind_service', 'net_broadcast', 'net_raw', 'perfmon', 'setfcap', 'setgid'],
  ...['setpcap', 'setuid', 'sys_admin', 'sys_boot', 'sys_chroot', 'sys_module', 'sys_nice', 'sys_pacct', 'sys_ptrace'],
  ...['sys_rawio', 'sys_resource', 'sys_time', 'sys_tty_config', 'syslog', 'wake_alarm'],
] as const;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const Bpftrace = z.strictObject({
  command: setting(z.array(z.string().min(1)).min(1).default(['bpftrace']), {
    reason: 'The bpftrace on PATH; another build, or one behind nsenter, is named here with its arguments',
    expected: 'a list of words, for example [bpftrace] or [nsenter, -t, "1", -m, bpftrace]',
  }),
  capabilities: setting(z.array(z.enum(CAPABILITIES)).nullable().default(null), {
    reason:
      'The bounding set that root’s bpftrace keeps; null is the least that does on this kernel: bpf, perfmon, ipc_lock, and sys_admin where it must be',
    expected: 'a list of capabilities as setpriv names them, for example [bpf, perfmon, ipc_lock], or null',
  }),
  budget: setting(z.int().min(0).max(10_000_000).nullable().default(null), {
    unit: 'transitions a second',
    reason:
      'Beyond it one socket in 64 is told one by one and the others are counted, so that a storm is not slowed; null is 120000, or 55000 for a bpftrace up to 0.17, and a quarter of it for half a minute where what the kernel side says is read too late or lost; 0 is no bound',
    expected: 'a whole number up to 10000000, or null',
  }),
  startTimeoutMs: setting(z.int().min(1000).max(3_600_000).default(60_000), {
    unit: 'ms',
    reason: 'How long bpftrace may compile before it counts as hung: 0.1 to 0.6 s usually, minutes on an emulated or starved machine',
    expected: 'a whole number from 1000 to 3600000',
  }),
});

const Captures = z.strictObject({
  record: setting(z.boolean().default(true), {
    reason: 'The flight recorder: whoever looks for a cause comes after it. false keeps nothing on disk',
    expected: 'true or false',
  }),
  minutes: setting(z.int().min(1).max(1440).default(15), {
    unit: 'minutes',
    reason: 'How far back the flight recorder reaches: incidents are noticed within some minutes',
    expected: 'a whole number from 1 to 1440',
  }),
  megabytes: setting(z.int().min(10).max(1_000_000).default(1000), {
    unit: 'MB',
    reason: 'Bounds the flight recorder on disk, before its minutes do: 15 minutes of 50000 events/s take 600',
    expected: 'a whole number from 10 to 1000000',
  }),
  keepDays: setting(z.int().min(1).max(3650).default(30), {
    unit: 'days',
    reason: 'Frozen captures that are older are removed, and the log says so',
    expected: 'a whole number from 1 to 3650',
  }),
  keepMegabytes: setting(z.int().min(10).max(10_000_000).default(5000), {
    unit: 'MB',
    reason: 'Bounds what is frozen: beyond it the oldest are removed, but never the one that was frozen last, and the log says so',
    expected: 'a whole number from 10 to 10000000',
  }),
});

export const Config = z.strictObject({
  listen: setting(listen.default(DEFAULT_LISTEN), {
    reason: 'Loopback: what this machine talks to is nobody else’s business until a token says so',
    expected: LISTEN_FORMS,
  }),
  token: setting(Token.nullable().default(null), {
    secret: true,
    reason: 'Whoever sends it may read everything; needed beyond loopback. SYNOPTIC_TOKEN in the environment goes before it',
    expected: TOKEN_FORM,
  }),
  allowedOrigins: setting(z.array(origin).default([]), {
    reason: 'Pages served elsewhere that may connect; none, because any page that a browser shows could else read the stream',
    expected: 'a list of origins: scheme, host and, where it is not the usual one, port; for example [https://ops.example.net]',
  }),
  maxSockets: setting(z.int().min(1000).max(10_000_000).default(1_000_000), {
    unit: 'sockets',
    reason: 'Bounds memory, to some hundred MiB; the one known longest is forgotten first, and that is counted',
    expected: 'a whole number from 1000 to 10000000, written without separators',
  }),
  bpftrace: setting(Bpftrace.prefault({}), {
    reason: 'How the kernel side is run',
    expected: 'a mapping with command, capabilities, budget and startTimeoutMs',
  }),
  detect: setting(Detect.prefault({}), {
    reason: 'When a detector speaks; the defaults told every symptom of the lab from what looks like it',
    expected: 'a mapping of detectors, each with its thresholds',
  }),
  user: setting(z.string().min(1).nullable().default(null), {
    reason: 'Who to become once bpftrace is started; null stays who it is, because not every machine has a user for it',
    expected: 'the name of a user of this machine, or null',
  }),
  probes: setting(ProbeEntries.default([]), {
    secret: true,
    reason:
      'What to ask whether it is alive, and to hold against the kernel; none, because only you know what must be. Read anew when the file changes',
    expected:
      'a list of TARGETs, for example - tcp://10.0.0.7:443, or of mappings with target and its settings; at most 10000, each named once',
  }),
  data: setting(z.string().min(1).nullable().default(null), {
    reason: 'Where captures are kept; null is /var/lib/synoptic for root, else $XDG_STATE_HOME/synoptic or ~/.local/state/synoptic',
    expected: 'a folder, or null',
  }),
  captures: setting(Captures.prefault({}), {
    reason: 'What is kept on disk for later',
    expected: 'a mapping with record, minutes, megabytes, keepDays and keepMegabytes',
  }),
  webhook: setting(WebhookSettings.prefault({}), {
    reason: 'Tells those who are paged when a finding opens, becomes worse, and is resolved',
    expected: 'a mapping with url, secret, severity and timeoutMs',
  }),
  logLevel: setting(z.enum(LOG_LEVELS).default('info'), {
    reason: 'info: start, stop, loss and what a person must act on; a line an event is nowhere logged',
    expected: `one of ${LOG_LEVELS.join(' ')}`,
  }),
});
export type Config = z.infer<typeof Config>;

/** All settings, groups too, in the order of the schema. */
export const SETTINGS: readonly Setting[] = describeSettings(Config, []);

/** What can be set beside `target` for one of `probes`. */
const PROBE_SETTINGS: readonly Setting[] = [
  { path: 'target', default: null, reason: 'Where, and what is spoken there', expected: 'a TARGET as `synoptic probe` takes it' },
  ...describeSettings(ProbeSettings, []),
];

/** The setting at `path`, that of one of `probes` included. */
export function settingAt(path: readonly string[]): Setting | undefined {
  const [list, at, name] = path;
  if (list === 'probes' && at !== undefined) {
    if (path.length <= 3) return PROBE_SETTINGS.find((known) => known.path === (name ?? 'target'));
    return undefined;
  }
  return SETTINGS.find((known) => known.path === path.join('.'));
}

/** The names that a mapping at `path` may hold; empty where it is no mapping. */
export function namesAt(path: string): string[] {
  if (/^probes\.\d+$/.test(path)) return PROBE_SETTINGS.map((known) => known.path);
  const prefix = path === '' ? '' : `${path}.`;
  return SETTINGS.filter((s) => s.path.startsWith(prefix) && !s.path.slice(prefix.length).includes('.')).map((s) =>
    s.path.slice(prefix.length),
  );
}
