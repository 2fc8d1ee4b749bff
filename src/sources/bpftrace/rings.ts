import type { Parameter } from './scripts.ts';

/** Where transitions wait in the kernel for the next turn of heartbeat.bt, in place of being printed one by one. */
export type Rings = Readonly<Record<Extract<Parameter, 'rings' | 'slots' | 'turn'>, number>>;

/** Each transition is printed when it happens. */
export const NO_RINGS: Rings = { rings: 0, slots: 1, turn: 0 };

/** bpftrace makes maps of 4,096 keys. */
const KEYS = 4096;
/** With more a lone busy processor would have nothing of it, and the rest is printed at once. */
const MOST_RINGS = 64;
const MOST_SLOTS = 1024;
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
  const share = 2 ** Math.floor(Math.log2(KEYS / rings));
  return { rings, slots: Math.min(share, MOST_SLOTS), turn: Math.floor((rings > MANY_RINGS ? TURN.many : TURN.few) / rings) };
}
