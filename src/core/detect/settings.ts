import type { SysctlsInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';

/** Namespaces whose settings are remembered at most. */
const NAMESPACES = 1024;

/** The kernel settings of each namespace, as they were last read. */
export class Settings {
  readonly #netns = new Map<number | null, SysctlsInput['values']>();

  take({ netns, values }: SysctlsInput): void {
    keepNewest(this.#netns, netns, values, NAMESPACES);
  }

  /** A setting in text, by name without `net.`; null where it was not read. */
  text(netns: number | null, name: string): string | null {
    return this.#netns.get(netns)?.[name] ?? null;
  }

  /** A setting that is one number. */
  number(netns: number | null, name: string): number | null {
    const value = this.text(netns, name);
    return value !== null && /^-?\d+$/.test(value) ? Number(value) : null;
  }

  /** How many local ports the kernel may choose from: ip_local_port_range without what is reserved; null where it was not read. */
  ports(netns: number | null): { readonly low: number; readonly high: number; readonly count: number } | null {
    const [low, high] = (this.text(netns, 'ipv4.ip_local_port_range') ?? '').split(' ').map(Number);
    if (low === undefined || high === undefined || !(low > 0 && high >= low)) return null;
    const reserved = (this.text(netns, 'ipv4.ip_local_reserved_ports') ?? '')
      .split(',')
      .filter((range) => range !== '')
      .reduce((sum, range) => sum + overlap(range, low, high), 0);
    return { low, high, count: Math.max(0, high - low + 1 - reserved) };
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#netns.keys()) if (netns !== null && !alive.has(netns)) this.#netns.delete(netns);
  }
}

/** How many ports of `8080` or `9000-9010` lie between `low` and `high`. */
function overlap(range: string, low: number, high: number): number {
  const [from = Number.NaN, to = from] = range.split('-').map(Number);
  return Math.max(0, Math.min(to, high) - Math.max(from, low) + 1) || 0;
}
