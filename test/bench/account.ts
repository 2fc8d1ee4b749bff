import type { Samples } from './prometheus.ts';
import type { TcpCounts } from './tcp-counts.ts';

/** The ten state changes of one connection of the storm: each happens exactly once. */
export const TRANSITIONS = [
  ['CLOSE', 'SYN_SENT'],
  ['SYN_SENT', 'ESTABLISHED'],
  ['LISTEN', 'SYN_RECV'],
  ['SYN_RECV', 'ESTABLISHED'],
  ['ESTABLISHED', 'FIN_WAIT1'],
  ['ESTABLISHED', 'CLOSE_WAIT'],
  ['FIN_WAIT1', 'FIN_WAIT2'],
  ['FIN_WAIT2', 'CLOSE'],
  ['CLOSE_WAIT', 'LAST_ACK'],
  ['LAST_ACK', 'CLOSE'],
] as const;

/** How Synoptic says what became of a transition, in /metrics: each told one by one, or only counted. */
const METRICS = {
  streamed: 'synoptic_transitions_total',
  shed: 'synoptic_shed_transitions_total',
} as const;

/**
 * What others did of a transition, at least: the kernel counts in the very function that makes it (tcp_create_openreq_child), or right
 * behind it (tcp_connect, not where it fails in between).
 */
const KNOWN: Readonly<Record<string, (others: TcpCounts) => number>> = {
  'LISTEN→SYN_RECV': (others) => others.passiveOpens,
  'CLOSE→SYN_SENT': (others) => others.activeOpens,
};

export interface Row {
  /** For example `CLOSE→SYN_SENT`. */
  readonly transition: string;
  readonly streamed: number;
  readonly shed: number;
  /** The storm's connections, plus what of others is counted by the kernel, or is within its bound. */
  readonly kernel: number;
  /** Kernel minus the three. Above 0: nobody told of them. Below 0: more was told than happened. */
  readonly unaccounted: number;
}

export interface AccountCheck {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Records that Synoptic itself tells are lost, all kinds: what is unaccounted for should at least be known. */
  readonly lost: number;
  /** Why the truth itself is in doubt: its witnesses differ. */
  readonly faults: readonly string[];
}

export interface AccountInput {
  readonly title: string;
  readonly before: Samples;
  readonly after: Samples;
  /** Told as lost meanwhile. */
  readonly lost: number;
  /** Made and served by the storm; what the kernel counted in its own namespace must be the same. */
  readonly connections: number;
  readonly own: TcpCounts;
  /** What all other namespaces did meanwhile (our canaries, whatever else this machine does); `open` at the start: they may have closed. */
  readonly others: TcpCounts;
}

/**
 * Holds what Synoptic told against the kernel. Synoptic counts over the whole machine; the storm runs in a namespace of its own, where the
 * kernel's counters (/proc/net/snmp) are the storm's alone. What others did meanwhile is counted by the kernel for the two transitions that
 * begin a life, and is a bound for the rest: no more than they opened or had open.
 */
export function account(input: AccountInput): AccountCheck {
  const { title, before, after, connections, own, others, lost } = input;
  const most = Math.max(others.activeOpens, others.passiveOpens) + others.open;
  const faults: string[] = [];
  for (const [name, count] of [
    ['ActiveOpens', own.activeOpens],
    ['PassiveOpens', own.passiveOpens],
  ] as const) {
    if (count !== connections) faults.push(`the storm says ${connections} connections, the kernel’s ${name} ${count}`);
  }
  const shed = after.sum('synoptic_shed_records_total') - before.sum('synoptic_shed_records_total');
  if (shed > 0 && !after.knows(METRICS.shed)) faults.push(`${shed} were shed, and no ${METRICS.shed} says of which transitions`);
  const rows = TRANSITIONS.map(([from, to]): Row => {
    const grown = (metric: string): number => after.of(metric, { from, to }) - before.of(metric, { from, to });
    const [streamed, shed] = [grown(METRICS.streamed), grown(METRICS.shed)];
    const told = streamed + shed;
    const [least, greatest] = [connections + (KNOWN[`${from}→${to}`]?.(others) ?? 0), connections + most];
    const kernel = Math.min(Math.max(told, least), greatest);
    return { transition: `${from}→${to}`, streamed, shed, kernel, unaccounted: kernel - told };
  });
  return { title, rows, lost, faults };
}

export function addsUp({ rows, faults }: AccountCheck): boolean {
  return faults.length === 0 && rows.every(({ unaccounted }) => unaccounted === 0);
}

/** Several accounts as one. Too many in one do not make up for too few in another: what is unaccounted for is summed without its sign. */
export function sumOf(title: string, accounts: readonly AccountCheck[]): AccountCheck {
  const rows = TRANSITIONS.map(([from, to]): Row => {
    const transition = `${from}→${to}`;
    const all = accounts.flatMap((one) => one.rows.filter((row) => row.transition === transition));
    const sum = (field: Exclude<keyof Row, 'transition'>): number => all.reduce((total, row) => total + row[field], 0);
    return {
      transition,
      streamed: sum('streamed'),
      shed: sum('shed'),
      kernel: sum('kernel'),
      unaccounted: all.reduce((total, { unaccounted }) => total + Math.abs(unaccounted), 0),
    };
  });
  const lost = accounts.reduce((total, one) => total + one.lost, 0);
  return { title, rows, lost, faults: accounts.flatMap(({ faults }) => faults) };
}

/** How much of what happened was told one by one, 0 to 1; what was told too often makes up for nothing. */
export function streamedShare({ rows }: AccountCheck): number {
  const sum = (value: (row: Row) => number): number => rows.reduce((total, row) => total + value(row), 0);
  return sum(({ streamed, kernel }) => Math.min(streamed, kernel)) / sum(({ kernel }) => kernel);
}

/** Records that were not told one by one, and those told too often. */
export function notStreamed({ rows }: AccountCheck): number {
  return rows.reduce((sum, { kernel, streamed }) => sum + Math.abs(kernel - streamed), 0);
}
