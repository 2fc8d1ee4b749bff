import { execa } from 'execa';
import { type Fact, fact } from './fact.ts';

/** How a bpftrace version stands to us. `untested`: newer than any that was tried. */
export type BpftraceStanding = 'known-good' | 'supported' | 'untested' | 'too-old';

export interface Bpftrace {
  /** For example `0.17.0`. */
  readonly version: string;
  readonly standing: BpftraceStanding;
}

export interface Tools {
  /** Null where it is not installed or does not tell its version. */
  readonly bpftrace: Fact<Bpftrace | null>;
  /** Version line, or null. Without it sockets that were there before us cannot be listed. */
  readonly ss: Fact<string | null>;
  /** Version line, or null. Without it only the own network namespace can be sampled. */
  readonly nsenter: Fact<string | null>;
  readonly node: Fact<string>;
}

export interface ToolOptions {
  /** The configured bpftrace command, without arguments of ours. @default ['bpftrace'] */
  readonly bpftrace?: readonly string[];
  /** @default ['ss'] */
  readonly ss?: readonly string[];
  /** @default ['nsenter'] */
  readonly nsenter?: readonly string[];
}

/** Minor versions of 0.x: what is accepted, what was run against real kernels. */
const OLDEST = 14;
const KNOWN_GOOD: ReadonlySet<number> = new Set([17, 23, 27]);
const NEWEST = 27;

/** 0.17 says its version in 0.05 s, on an emulated machine in 6. */
const TIMEOUT_MS = 30_000;

export async function toolsOf(options: ToolOptions = {}): Promise<Tools> {
  const { bpftrace = ['bpftrace'], ss = ['ss'], nsenter = ['nsenter'] } = options;
  const [bpftraceSaid, ssSaid, nsenterSaid] = await Promise.all([
    ask([...bpftrace, '--version']),
    ask([...ss, '-V']),
    ask([...nsenter, '--version']),
  ]);
  return {
    bpftrace: fact(bpftraceSaid.value === null ? null : parseBpftraceVersion(bpftraceSaid.value), bpftraceSaid.evidence),
    ss: ssSaid,
    nsenter: nsenterSaid,
    node: fact(process.version, 'process.version'),
  };
}

/** `bpftrace v0.17.0` → its version and standing; null where the text holds no version. */
export function parseBpftraceVersion(text: string): Bpftrace | null {
  const [, major, minor, patch = '0'] = /bpftrace v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return null;
  return { version: `${major}.${minor}.${patch}`, standing: standingOf(Number(major), Number(minor)) };
}

function standingOf(major: number, minor: number): BpftraceStanding {
  if (major > 0 || minor > NEWEST) return 'untested';
  if (minor < OLDEST) return 'too-old';
  return KNOWN_GOOD.has(minor) ? 'known-good' : 'supported';
}

/** The first line a command says; null where it cannot be run or fails. */
async function ask(command: readonly string[]): Promise<Fact<string | null>> {
  const [file = '', ...args] = command;
  const shown = `\`${command.join(' ')}\``;
  const result = await execa(file, args, { reject: false, stdin: 'ignore', timeout: TIMEOUT_MS, maxBuffer: 65_536, all: true });
  if (result.code === 'ENOENT') return fact(null, `${shown}: not found`);
  if (result.timedOut) return fact(null, `${shown}: no answer in ${TIMEOUT_MS / 1000} s`);
  const line = (result.all ?? '').split('\n').find((text) => text.trim() !== '') ?? '';
  if (result.failed || line === '') return fact(null, `${shown} failed${line === '' ? '' : `: ${line}`}`);
  return fact(line, `${shown} says ${line}`);
}
