import { readFileSync } from 'node:fs';
import { SynopticError } from '../../core/model/errors.ts';
import { type CountersInput, TCP_EXT, type TcpExt } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { type NetNamespace, netnsBehind } from './netns.ts';
import { type RunOptions, runIn } from './run.ts';

/** `sockstat` gives gauges, `snmp` and `netstat` sums since the namespace was made. */
export const COUNTER_FILES = ['sockstat', 'snmp', 'netstat'] as const;

type Counters = Omit<CountersInput, 'type' | 'fromNs' | 'atNs' | 'netns' | 'alive' | 'fresh'>;
/** Every kernel that can be observed has these. */
type Needed = Omit<Counters, 'ext'>;

/** Which number of which line each counter is. */
const WHERE: Readonly<Record<keyof Needed, readonly [line: string, name: string]>> = {
  timeWait: ['TCP', 'tw'],
  activeOpens: ['Tcp', 'ActiveOpens'],
  passiveOpens: ['Tcp', 'PassiveOpens'],
  estabResets: ['Tcp', 'EstabResets'],
  currEstab: ['Tcp', 'CurrEstab'],
  timeWaitOverflow: ['TcpExt', 'TCPTimeWaitOverflow'],
};

/**
 * The kernel's own TCP statistics of one network namespace: /proc/net/{sockstat,snmp,netstat}, read there.
 *
 * @returns null where the namespace is gone, or another now has its inode.
 * @throws SynopticError SAMPLE_FAILED where a counter is missing, or reading needs a command that fails.
 */
export async function sampleCounters(namespace: NetNamespace, options: RunOptions = {}): Promise<CountersInput | null> {
  const fromNs = nowNs();
  const text = readOf(namespace) ?? (await runIn(namespace, ['cat', ...COUNTER_FILES.map((file) => `/proc/net/${file}`)], options));
  if (text === null) return null;
  return { type: 'counters', fromNs, atNs: nowNs(), netns: namespace.netns, alive: null, ...parseCounters(text) };
}

/** The files through a process in the namespace; null where it has none any more. */
function readOf({ own, pid, netns }: NetNamespace): string | null {
  if (!own && pid === null) return null;
  const folder = own ? '/proc/self' : `/proc/${pid}`;
  try {
    const text = COUNTER_FILES.map((file) => readFileSync(`${folder}/net/${file}`, 'utf8')).join('');
    // Asked afterwards: a pid passed on, or a process that moved, would have given another namespace's numbers.
    return netnsBehind(`${folder}/ns/net`) === netns ? text : null;
  } catch {
    return null;
  }
}

/**
 * Parses the three files, in any order, by name and never by position: kernels add names in the middle.
 *
 * @throws SynopticError SAMPLE_FAILED naming the counter that is not there.
 */
export function parseCounters(text: string): Counters {
  const numbers = numbersOf(text);
  const entries = Object.entries(WHERE).map(([counter, [line, name]]) => {
    const value = numbers.get(`${line} ${name}`);
    if (value === undefined) throw new SynopticError('SAMPLE_FAILED', `This kernel does not tell ${name} (${line})`);
    return [counter, value] as const;
  });
  const ext = TCP_EXT.flatMap((name) => {
    const value = numbers.get(`TcpExt ${name}`);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...(Object.fromEntries(entries) as Record<keyof Needed, number>), ext: Object.fromEntries(ext) as TcpExt };
}

/**
 * Two shapes: `TCP: inuse 5 tw 3` (sockstat) has name and number in turn; `Tcp: A B` followed by `Tcp: 1 2` (snmp, netstat) has a line of
 * names and a line of numbers.
 *
 * @returns numbers by `LINE NAME`, for example `TcpExt TCPTimeWaitOverflow`.
 */
export function numbersOf(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  let names: { line: string; words: readonly string[] } | null = null;
  for (const raw of text.split('\n')) {
    const [label = '', ...words] = raw.trim().split(/\s+/);
    const line = label.replace(/:$/, '');
    if (words.length === 0 || line === label) continue;
    if (!words.some(isNumber)) {
      names = { line, words };
    } else if (words.every(isNumber) && names?.line === line) {
      for (const [index, word] of words.entries()) {
        const name = names.words[index];
        if (name !== undefined) numbers.set(`${line} ${name}`, Number(word));
      }
      names = null;
    } else {
      for (let index = 0; index + 1 < words.length; index += 2) {
        const value = words[index + 1] ?? '';
        if (isNumber(value)) numbers.set(`${line} ${words[index]}`, Number(value));
      }
    }
  }
  return numbers;
}

function isNumber(word: string): boolean {
  return /^-?\d+$/.test(word);
}
