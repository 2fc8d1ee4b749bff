import { LineDecoder } from '../../src/core/decode/index.ts';
import type { Event } from '../../src/core/model/event.ts';
import { type Input, isSample } from '../../src/core/model/input.ts';
import type { KernelRecord } from '../../src/core/model/record.ts';
import type { Truth } from './scenario.ts';
import { hostOf, isAbout } from './seen.ts';

/** A line of bpftrace's output and what it says; null where it is no record but only for the decoder. */
interface Line {
  readonly text: string;
  readonly record: KernelRecord | null;
}

/** One Input, a kernel's piece as the whole lines that end in it. */
type Piece = { readonly input: Exclude<Input, { type: 'kernel' }> } | { readonly atNs: number; readonly lines: readonly Line[] };

/** Before a play begins: what its first events need. */
const BEFORE_NS = 0.5e9;
/** After it ended: what was still under way, and well before its hosts are taken down. */
const ENDING_NS = 0.1e9;
/** After the last record came: until all that is held back to be put in order is told. */
const HELD_NS = 1.5e9;

/** Reads what a whole session was given, once for all scenarios. */
export function read(inputs: readonly Input[]): Piece[] {
  let record: KernelRecord | null = null;
  const decoder = new LineDecoder({
    record: (found) => {
      record = found;
    },
    fault: (line, why) => {
      throw new Error(`${why}: ${line}`);
    },
  });
  let rest = '';
  return inputs.map((input) => {
    if (input.type !== 'kernel') return { input };
    const texts = (rest + input.text).split('\n');
    rest = texts.pop() ?? '';
    const lines = texts.map((text) => {
      record = null;
      decoder.write(`${text}\n`);
      return { text, record };
    });
    return { atNs: input.atNs, lines };
  });
}

/**
 * The Inputs that one scenario needs to be told again, of a session that saw many: the observation's own frame (start, canaries, heartbeats) and
 * what its hosts' kernel, sockets and counters said. The in-kernel counters count every host and are left out, with them what they witness
 * against: that nothing was lost is asked of the session as a whole.
 */
export function keep(pieces: readonly Piece[], truth: Truth): Input[] {
  const [first] = pieces;
  if (first === undefined || !('input' in first) || first.input.type !== 'start') throw new Error('a session begins with a start');
  const { netns: own, canaryPort } = first.input;
  const netns = new Set(Object.values(truth.hosts).map((host) => host.netns));
  const [{ address } = { address: '' }] = Object.values(truth.hosts);
  const subnet = address.slice(0, address.lastIndexOf('.') + 1);
  const isOn = (atNs: number) => atNs >= truth.beganNs - BEFORE_NS;
  // A busy machine delivers late: what counts is when it happened.
  const endedNs = truth.endedNs + ENDING_NS + aheadNs(pieces);

  /** Whether the scenario's hosts did it, or our own canary. */
  const belongs = (record: KernelRecord, atNs: number): boolean => {
    if (isOfItself(record)) return isOn(atNs);
    if (record.type === 'counter' || record.type === 'lost' || record.ns > endedNs) return false;
    if (record.type === 'neighbour') return record.address.startsWith(subnet);
    if (record.type === 'socket-error') return record.laddr.startsWith(subnet);
    if (record.netns === null) return record.laddr.startsWith(subnet) || record.raddr.startsWith(subnet);
    return netns.has(record.netns) || (record.netns === own && (record.rport === canaryPort || record.lport === canaryPort));
  };
  const kept = pieces.flatMap((piece): { input: Input; lines?: readonly Line[] }[] => {
    if ('lines' in piece) {
      const lines = piece.lines.filter(({ text, record }) => (record === null ? text.startsWith('C ') : belongs(record, piece.atNs)));
      return [{ input: { type: 'kernel', atNs: piece.atNs, text: '' }, lines }];
    }
    const { input } = piece;
    if (isSample(input)) {
      if (input.netns === null || !netns.has(input.netns) || input.atNs > truth.endedNs + ENDING_NS) return [];
      return [{ input: input.type === 'counters' ? { ...input, alive: null } : input }];
    }
    if (input.type === 'tick') return isOn(input.atNs) ? [{ input }] : [];
    // Its records are left out from then on, too.
    if (input.type === 'canary' && input.atNs > truth.endedNs) return [];
    // How often any program was skipped is no fact of one scenario.
    return input.type === 'kernel-down' || input.type === 'skipped'
      ? []
      : [{ input: input.type === 'start' ? { ...input, host: 'lab' } : input }];
  });

  const lastNs = Math.max(truth.endedNs, ...kept.flatMap(({ input, lines = [] }) => (lines.some(isOfHosts) ? [input.atNs] : [])));

  // Names are kept of those threads only that own one of the sockets that are kept.
  const owners = new Set(kept.flatMap(({ lines = [] }) => lines.flatMap(({ text }) => (/^[st] /.test(text) ? [ownerIn(text)] : []))));
  const named = ({ text }: Line) => !text.startsWith('C ') || owners.has(Number.parseInt(text.split(' ')[1] ?? '', 16));
  return kept.flatMap(({ input, lines }): Input[] => {
    if (input.atNs > lastNs + HELD_NS) return [];
    if (input.type !== 'kernel' || lines === undefined) return [input];
    const text = lines
      .filter(named)
      .map((line) => `${line.text}\n`)
      .join('');
    return text === '' ? [] : [{ ...input, text }];
  });
}

/** The thread that a transition's line ends in; 0 for none. */
export function ownerIn(line: string): number {
  return Number.parseInt(line.slice(line.lastIndexOf(' ') + 1).slice(-8), 16);
}

function isOfItself(record: KernelRecord): record is Extract<KernelRecord, { type: 'heartbeat' | 'turn' | 'tier' }> {
  return record.type === 'heartbeat' || record.type === 'turn' || record.type === 'tier';
}

/** Whether a line tells of a socket, and not of the observation itself. */
function isOfHosts({ record }: Line): boolean {
  return record !== null && !isOfItself(record);
}

/** How far bpftrace's clock is ahead of CLOCK_MONOTONIC, ns, to a millisecond or so: by the heartbeat that came soonest. */
function aheadNs(pieces: readonly Piece[]): number {
  const ahead = pieces.flatMap((piece) => {
    if (!('lines' in piece)) return [];
    return piece.lines.flatMap(({ record }) => (record?.type === 'heartbeat' ? [record.ns - piece.atNs] : []));
  });
  return Math.max(...ahead);
}

/** Whether an event is about the scenario's hosts and happened while it was played. */
export function isOf(truth: Truth, event: Event): boolean {
  if (event.ns > truth.endedNs) return false;
  if (event.kind === 'finding') return isAbout(truth, event);
  if (event.kind === 'neighbour') return Object.values(truth.hosts).some(({ address }) => address === event.address);
  return hostOf(truth, event) !== null;
}
