import { hasRingBuffer } from '../../core/model/bpftrace-version.ts';
import { atLeast } from '../machine/kernel.ts';
import type { Parameter } from './scripts.ts';

/** Where transitions, and what mini-sockets consume, wait in the kernel for the next turn of heartbeat.bt, in place of being printed one by one. */
export type Rings = Readonly<Record<Extract<Parameter, 'rings' | 'slots' | 'turn'>, number>>;

/** Each transition is printed when it happens. */
export const NO_RINGS: Rings = { rings: 0, slots: 1, turn: 0 };

/** With more a lone busy processor would have nothing of it, and the rest is printed at once. */
const MOST_RINGS = 64;
/** Transitions a turn, over all rings: the verifier goes through each by itself, 400 to 700 of the 1,000,000 instructions that it reads at most. */
const TURN = { few: 768, many: 384 };
const MANY_RINGS = 16;

/**
 * The rings of a machine with so many processors. Its maps have no barriers: only x86 keeps the order of a record and its number for the
 * processor that reads them.
 */
export function ringsFor(processors: number, arch: NodeJS.Architecture): Rings {
  if (arch !== 'x64') return NO_RINGS;
  const rings = Math.min(processors, MOST_RINGS);
  const turn = Math.floor((rings > MANY_RINGS ? TURN.many : TURN.few) / rings);
  // What waits is printed with the next turn but one: beyond that it is better printed at once. All fit into the 4,096 keys of a map.
  return { rings, slots: 2 ** Math.ceil(Math.log2(turn)), turn };
}

/** Whether transitions may wait where these scripts observe. */
export function mayWait({ scripts, bpftrace, kernel }: { scripts: readonly string[]; bpftrace: string; kernel: string }): boolean {
  // Up to 0.17 each processor's buffer is read by itself: what waited would come in any order with what a kprobe says of the same moment.
  if (scripts.includes('time-wait-kprobe') && !hasRingBuffer(bpftrace)) return false;
  // Before 6.1 such a program may run inside itself, and another tracepoint's always inside it: both would leave their records in one place.
  return !scripts.includes('sock-state-raw') || (atLeast(kernel, 6, 1) && !scripts.includes('drop'));
}
