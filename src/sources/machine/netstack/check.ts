import type { NetstackSetting } from '../../../formats/netstack.ts';
import { numbersOf } from '../../samples/counters.ts';
import { atLeast } from '../kernel.ts';
import { type Root, valueIn } from '../root.ts';

/** What a check may ask: settings, the kernel's counters, its version. */
export interface Netstack {
  /** A setting below /proc/sys/net by its path there, tabs as spaces; null where this kernel lacks it. */
  text(path: string): string | null;
  /** As `text`, where it is one number. */
  number(path: string): number | null;
  /** A counter of /proc/net/{sockstat,snmp,netstat} by `LINE NAME`; 0 where this kernel lacks it. */
  counter(name: string): number;
  /** Names in a folder below /proc/sys/net. */
  list(path: string): readonly string[];
  /** Packets dropped so far because a CPU's input queue was full, all CPUs. */
  readonly backlogDrops: number;
  atLeast(major: number, minor: number): boolean;
}

/** What a value means. `advice` and `severity` may be left out: then nothing is worth considering and all is well. */
export interface Judgement {
  readonly concern: string;
  readonly advice?: string | null;
  readonly severity?: NetstackSetting['severity'];
}

/** One audited setting. */
export interface Check {
  /** Path below /proc/sys/net. */
  readonly path: string;
  /** Null where the kernel computes it from the machine's memory. */
  readonly default: string | null | ((netstack: Netstack) => string);
  /** @param value what `text(path)` gave */
  judge(value: string, netstack: Netstack): Judgement;
}

export function netstackAt(root: Root): Netstack {
  const release = valueIn(root, '/proc/sys/kernel/osrelease') ?? '';
  const counters = numbersOf(['sockstat', 'snmp', 'netstat'].map((file) => root.read(`/proc/self/net/${file}`).text ?? '').join('\n'));
  const text = (path: string) => valueIn(root, `/proc/sys/net/${path}`)?.replace(/\s+/g, ' ') ?? null;
  return {
    text,
    number(path) {
      const value = text(path);
      return value === null || value === '' || Number.isNaN(Number(value)) ? null : Number(value);
    },
    counter: (name) => counters.get(name) ?? 0,
    list: (path) => root.list(`/proc/sys/net/${path}`),
    backlogDrops: backlogDropsOf(root.read('/proc/self/net/softnet_stat').text ?? ''),
    atLeast: (major, minor) => atLeast(release, major, minor),
  };
}

/** A line a CPU; the second hexadecimal number counts packets dropped because its backlog was full (net/core/net-procfs.c). */
function backlogDropsOf(softnet: string): number {
  return softnet
    .split('\n')
    .map((line) => Number.parseInt(line.split(' ')[1] ?? '0', 16))
    .reduce((sum, drops) => sum + (Number.isNaN(drops) ? 0 : drops), 0);
}
