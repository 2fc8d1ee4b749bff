import { setImmediate as breath } from 'node:timers/promises';
import type { ProbeEvent } from '../core/model/event.ts';
import type { KeptProbe } from './kept-probe.ts';
import type { ProbeBoard } from './probe-board.ts';

/** Targets printed before what comes from the kernel has its turn: a millisecond or two. */
const SLICE = 100;

/** A metric of every target: labels beside target and protocol, as text that begins with a comma, and the value. */
interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  of(probe: KeptProbe): Iterable<readonly [labels: string, value: number]>;
}

const FAMILIES: readonly Family[] = [
  {
    ...{ name: 'up', type: 'gauge', help: '1 where the last attempt was alive, 0 where not; absent before the first' },
    of: ({ last }) => (last === null ? [] : [['', last.verdict.alive ? 1 : 0]]),
  },
  {
    ...{ name: 'duration_seconds', type: 'gauge', help: 'Phases of the last attempt, as the application sees them' },
    of: ({ last }) => (last === null ? [] : durations(last).map(([phase, value]) => [`,phase="${phase}"`, value])),
  },
  {
    ...{
      name: 'drift_seconds',
      type: 'gauge',
      help: 'What the application measured beyond the kernel’s own span of the phase, last attempt',
    },
    of: ({ last }) => (last === null ? [] : drifts(last).map(([phase, value]) => [`,phase="${phase}"`, value])),
  },
  sum('attempts_total', 'Attempts', ({ attempts }) => attempts),
  {
    ...{ name: 'failures_total', type: 'counter', help: 'Attempts that were not alive, by cause' },
    of: ({ causes }) => [...causes].map(([cause, count]) => [`,cause="${cause}"`, count] as const),
  },
  sum('syn_retransmits_total', 'SYNs of probes that the kernel had to send again', ({ synRetransmits }) => synRetransmits),
  sum('connections_opened_total', 'Connections of probes that were established', ({ opened }) => opened),
  sum('connections_reused_total', 'Attempts on a pooled connection that was there before', ({ reused }) => reused),
  sum('connections_closed_total', 'Connections of probes that were closed', ({ closed }) => closed),
];

function sum(name: string, help: string, value: (counts: KeptProbe['counts']) => number): Family {
  return { name, type: 'counter', help, of: ({ counts }) => [['', value(counts)]] };
}

/**
 * The series that bear a target's name, in Prometheus's text format: bounded by the configuration, and by hand and in slices, for ten
 * thousand targets have 80,000 of them, over which prom-client would hold this thread for half a second.
 */
export async function probeSeries(board: ProbeBoard): Promise<string> {
  const texts = FAMILIES.map(({ name, help, type }) => [`# HELP synoptic_probe_${name} ${help}\n# TYPE synoptic_probe_${name} ${type}\n`]);
  let printed = 0;
  for (const probe of board.probes) {
    if (++printed % SLICE === 0) await breath();
    const labels = `target="${escaped(probe.target.name)}",protocol="${probe.target.protocol}"`;
    for (const [at, { name, of }] of FAMILIES.entries()) {
      for (const [more, value] of of(probe)) texts[at]?.push(`synoptic_probe_${name}{${labels}${more}} ${value}\n`);
    }
  }
  return texts.flat().join('');
}

/** Seconds by phase: what the drift has, and the look-up and the whole beside. */
export function durations({ attempt: { moments }, drift }: ProbeEvent): [phase: string, seconds: number][] {
  const { called, lookupStarted, lookupEnded, done } = moments;
  const found: [string, number][] = drift.phases.map(({ phase, applicationNs }) => [phase, applicationNs / 1e9]);
  if (lookupStarted !== null && lookupEnded !== null) found.unshift(['lookup', (lookupEnded - lookupStarted) / 1e9]);
  if (called !== null && done !== null) found.push(['total', (done - called) / 1e9]);
  return found;
}

/** Seconds by phase that the application measured beyond the kernel's own span. */
function drifts({ drift }: ProbeEvent): [phase: string, seconds: number][] {
  return drift.phases.flatMap(({ phase, driftNs }) => (driftNs === null ? [] : [[phase, driftNs / 1e9] as [string, number]]));
}

/** As Prometheus reads a label's value. */
function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`));
}
