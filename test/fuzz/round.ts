import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SynopticError } from '../../src/core/model/errors.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** What came of many inputs to one target. */
export interface Round {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  /** How often each outcome came: `accepted`, a code of a refusal, a target's own word. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly crashes: readonly Crash[];
  readonly seconds: number;
  /** The one that took this thread's processor longest, and which. */
  readonly slowest: { readonly ms: number; readonly input: number };
  /** In use after a collection: once everything is warm (a tenth of the inputs), and at the end; MB, buffers included. */
  readonly heapMb: { readonly before: number; readonly after: number };
}

/** An input at which something was thrown that is no refusal. */
export interface Crash {
  readonly input: number;
  readonly text: string;
  readonly error: string;
}

export interface RoundOptions {
  readonly seed: number;
  readonly inputs: number;
  /** The first input's number. @default 0 */
  readonly from?: number;
  /** Told before each input, for whoever watches that there is progress. */
  begun?(input: number): void;
}

/** Told in full; of the others only the number is known. */
const CRASHES = 5;

/** Gives a target inputs, one after the other, and counts what becomes of them. Comes back early once enough has crashed. */
export async function fuzz(target: Target, { seed, inputs, from = 0, begun = () => undefined }: RoundOptions): Promise<Round> {
  const reader = await target.open();
  try {
    const outcomes = new Map<string, number>();
    const crashes: Crash[] = [];
    const warm = Math.floor(inputs / 10);
    let slowest = { ms: 0, input: from };
    let before = await memoryMb();
    let done = 0;
    const start = performance.now();
    for (; done < inputs && crashes.length < CRASHES; done++) {
      if (done === warm) before = await memoryMb();
      const input = from + done;
      begun(input);
      const given = reader.make(new Random(seed, input));
      const began = cpuMs();
      let outcome: string;
      try {
        const read = reader.read(given);
        outcome = typeof read === 'string' ? read : await read;
      } catch (error) {
        if (error instanceof SynopticError) outcome = error.code;
        else {
          outcome = 'crash';
          crashes.push({ input, text: shown(given), error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
        }
      }
      const ms = cpuMs() - began;
      if (ms > slowest.ms) slowest = { ms, input };
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const seconds = (performance.now() - start) / 1000;
    const heapMb = { before, after: await memoryMb() };
    return { target: target.name, seed, inputs: done, outcomes: Object.fromEntries(outcomes), crashes, seconds, slowest, heapMb };
  } finally {
    await reader[Symbol.asyncDispose]?.();
  }
}

/** Time that this thread was at work: what others on the machine take is not the input's fault. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What native code holds (zlib, sockets) is given back some turns of the loop after its object was collected. */
async function memoryMb(): Promise<number> {
  collectGarbage();
  for (let turns = 0; turns < 3; turns++) await turn();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

function shown(input: string | Buffer): string {
  const text = typeof input === 'string' ? JSON.stringify(input) : input.toString('base64');
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
