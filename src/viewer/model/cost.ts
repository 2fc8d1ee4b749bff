import type { Observer, Status } from '../../formats/status.ts';
import { cores, count, duration, many, size } from '../../formats/words/amount.ts';

/** The observer's own cost in one line, cheap figures first, and whether every socket is told. */
export interface CostLine {
  readonly figures: readonly string[];
  /** What of the sockets is told one by one. */
  readonly told: string;
  /** `sampled`: sockets are left out now, to bear the load. `was-sampled`: some were. */
  readonly tone: 'whole' | 'was-sampled' | 'sampled';
}

export function costLine({ mode, observer, completeness }: Status): CostLine {
  return { figures: figuresOf(mode, observer), ...toldOf(observer.share, completeness.shed) };
}

function figuresOf(mode: Status['mode'], { cpuCores, memoryBytes, output }: Observer): string[] {
  if (mode !== 'live') return ['not measured in a recording'];
  const lines = output?.linesPerSecond ?? null;
  return [
    cpuCores === null ? 'CPU not known' : cores(cpuCores),
    memoryBytes === null ? 'memory not known' : size(memoryBytes),
    ...(lines === null ? [] : [`${count(lines)} lines/s`]),
  ];
}

function toldOf(share: number, shed: number): Pick<CostLine, 'told' | 'tone'> {
  if (share > 1)
    return {
      told: `1 socket in ${count(share)} told one by one${shed > 0 ? `, ${many(shed, 'record')} only counted` : ''}`,
      tone: 'sampled',
    };
  if (shed > 0) return { told: `every socket again, ${many(shed, 'record')} only counted`, tone: 'was-sampled' };
  return { told: 'every socket', tone: 'whole' };
}

/** One figure in the panel: what it is, how much, and what that means. */
export interface CostRow {
  readonly what: string;
  readonly amount: string;
  readonly meaning: string;
}

const UNKNOWN = 'not known';

/** All of it, one row each. */
export function costRows({ observer: o }: Status): readonly CostRow[] {
  const using = (cpu: number | null, rss?: number | null): string =>
    [cpu === null ? 'CPU not known' : cores(cpu), ...(rss === undefined ? [] : [rss === null ? 'memory not known' : size(rss)])].join(', ');
  const ms = (value: number): string => duration(value * 1000);
  return [
    {
      what: 'bpftrace',
      amount: using(o.bpftrace.cpuCores, o.bpftrace.rssBytes),
      meaning: 'reads the kernel’s buffers and writes lines; its programs in the kernel run on the time of whom they observe',
    },
    { what: 'Node', amount: using(o.node.cpuCores, o.node.rssBytes), meaning: 'reads the lines, tracks the sockets, serves this page' },
    { what: 'ss, nsenter', amount: using(o.commands.cpuCores), meaning: 'run now and then to sample other network namespaces' },
    {
      what: 'read from bpftrace',
      amount: rates(o.output),
      meaning: 'a line is a state change, a retransmission, a counter or a heartbeat',
    },
    {
      what: 'reader late',
      amount: o.loop === null ? UNKNOWN : `p50 ${ms(o.loop.p50Ms)}, p99 ${ms(o.loop.p99Ms)}, max ${ms(o.loop.maxMs)}`,
      meaning: 'how late the thread that reads bpftrace came to its work, over 5 s',
    },
    {
      what: 'held for order',
      amount: many(o.order.waiting, 'record'),
      meaning: `until those of other CPUs have come, ${ms(o.order.holdMs)} each`,
    },
    {
      what: 'live clients',
      amount: o.live === null ? UNKNOWN : count(o.live.clients),
      meaning: o.live === null ? '' : waits(o.live),
    },
  ];
}

function rates(output: Observer['output']): string {
  if (output === null || output.linesPerSecond === null || output.bytesPerSecond === null) return UNKNOWN;
  return `${count(output.linesPerSecond)} lines/s, ${size(output.bytesPerSecond)}/s`;
}

function waits({ waitingEvents, waitingBytes, missed }: NonNullable<Observer['live']>): string {
  const waiting = `${many(waitingEvents, 'event')} and ${size(waitingBytes)} wait for them`;
  return missed === 0 ? waiting : `${waiting}; ${many(missed, 'event')} did not reach those that read too slowly`;
}
