import type { TcpState } from '../../core/model/tcp-state.ts';
import type { EventWire } from '../event.ts';
import { count, duration, many } from './amount.ts';
import { causeInWords, mismatchInWords, probeInWords } from './probe-words.ts';
import { visibleText } from './visible-text.ts';

/** A piece of a sentence; states are told apart so that they can be drawn as such. */
export type Phrase = string | { readonly state: TcpState };

type Of<K extends EventWire['kind']> = Extract<EventWire, { kind: K }>;

/** What happened, in words and in pieces. Text from outside is already made visible. */
export function phrases(row: EventWire): Phrase[] {
  switch (row.kind) {
    case 'state':
      return [{ state: row.from }, ' → ', { state: row.to }, row.dwellUs === null ? '' : ` after ${duration(row.dwellUs)}`];
    case 'time-wait':
      return timeWait(row);
    case 'retransmit':
      return [retransmit(row), ' while ', { state: row.state }];
    case 'reset':
      return [`reset ${row.direction}`, ...during(row.state), row.reason === null ? '' : ` (${visibleText(row.reason)})`];
    case 'drop':
      return [`drop ${visibleText(row.reason)}: ${row.direction} ${flags(row.segFlags)}`, ...during(row.state)];
    case 'socket-error':
      return [`error ${visibleText(row.errno)} reported to the socket`];
    case 'neighbour':
      return [neighbour(row)];
    case 'probe':
      return [probe(row)];
    case 'tier':
      return [tier(row)];
    case 'gap':
      return [gap(row)];
    case 'finding':
      return [finding(row)];
  }
}

/** The same as one string. */
export function inWords(event: EventWire): string {
  return joined(phrases(event));
}

export function joined(pieces: readonly Phrase[]): string {
  return pieces.map((phrase) => (typeof phrase === 'string' ? phrase : phrase.state)).join('');
}

/** What is wrong with a state event, in words; null for every other one. */
export function anomalyInWords(row: EventWire): string | null {
  if (row.kind !== 'state' || row.anomaly === null) return null;
  return row.anomaly === 'impossible'
    ? 'impossible: Linux’s TCP cannot make this transition'
    : 'discontinuity: an earlier transition of this socket was not seen';
}

/** TCP header flags as their names: 18 → `SYN+ACK`; none → `segment`. */
export function flags(byte: number): string {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'].filter((_, bit) => (byte >> bit) & 1);
  return names.length === 0 ? 'segment' : names.join('+');
}

function tier({ share, before }: Of<'tier'>): string {
  if (share === 1) return 'every socket is told one by one again';
  const why = share > before ? 'too many transitions to tell each' : 'fewer transitions';
  return `${why}: from now on 1 socket in ${share} is told one by one, all others are counted`;
}

function during(state: TcpState | null): Phrase[] {
  return state === null ? [', no socket'] : [' while ', { state }];
}

function timeWait(row: Of<'time-wait'>): Phrase[] {
  const reused = row.reusedBy === null ? '' : `, taken over by socket ${row.reusedBy}`;
  return [row.phase === 'enter' ? 'entered ' : 'left ', { state: 'TIME_WAIT' }, `${reused} (${row.inferred ? 'inferred' : 'exact'})`];
}

function retransmit(row: Of<'retransmit'>): string {
  const parts = [`retransmit ${row.what}`, row.timer === 'unknown' ? 'timer unknown' : row.timer];
  if (row.backoff > 0) parts.push(`back-off ${row.backoff}`);
  if (row.error !== null) parts.push(`never left: ${visibleText(row.error)}`);
  return parts.join(', ');
}

function neighbour(row: Of<'neighbour'>): string {
  const [from, to] = [row.oldLink, row.newLink].map((link) => (link === null ? 'none' : visibleText(link)));
  return `${visibleText(row.address)} on ${visibleText(row.device)} moved: link address ${from} → ${to}`;
}

function probe(row: Of<'probe'>): string {
  const { target, attempt, update, mismatch, kernel, drift } = row;
  const said = `${visibleText(target)}, attempt ${attempt}`;
  if (update === 'lingering') return `${said}: over, and its socket is still in ${kernel?.state ?? 'the kernel'}`;
  if (update === 'gone') return `${said}: the socket that had outlived it is gone`;
  const parts = [`${said} ${probeInWords(row)}`];
  if (mismatch !== null) parts.push(mismatchInWords(mismatch));
  for (const phase of drift.phases) {
    if (phase.driftUs !== null && phase.cause !== null)
      parts.push(`${phase.phase} drifted by ${duration(phase.driftUs)} (${causeInWords(phase.cause)})`);
  }
  return parts.join('; ');
}

function finding({ detector, phase, severity, confidence, summary, completeness }: Of<'finding'>): string {
  const what = phase === 'resolved' ? 'resolved' : `${severity}, ${confidence}`;
  const unsure = completeness.words === null || phase === 'resolved' ? '' : ` ${visibleText(completeness.words)}`;
  return `${detector} (${what}): ${visibleText(summary)}${unsure}`;
}

function gap(row: Of<'gap'>): string {
  const time = duration(Number(BigInt(row.toNs) - BigInt(row.fromNs)) / 1000);
  const lost = row.lost === null ? 'an unknown number of records' : many(row.lost, 'record');
  const said: Record<typeof row.cause, string> = {
    'buffer-full': `${lost} lost: the kernel’s buffer was full`,
    unaccounted: `${lost} lost: the kernel counted more than arrived`,
    skipped: `${lost} lost: the kernel skipped our program`,
    unseen: `${lost} not seen: the kernel did more than the hook saw`,
    blind: `blind for ${time}: no bpftrace was running${row.lost === null ? '' : `, ${lost} lost`}`,
    undecodable: `${lost} lost: lines that are no record`,
    unsampled: 'not everything could be sampled or kept',
    shed: 'counted in the kernel, not told one by one',
    'slow-reader': 'left out here',
    // Not from–to: CLOCK_MONOTONIC stands still in a sleep. How long it was is in `what`.
    suspended: `the machine slept${row.lost === null ? '' : `, ${lost} lost`}`,
  };
  const shed = row.shed === 0 ? '' : `, ${count(row.shed)} shed on purpose`;
  return `${said[row.cause]}${shed}${row.what === null ? '' : ` (${visibleText(row.what)})`}`;
}
