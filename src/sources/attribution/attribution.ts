import type { OwnersInput } from '../../core/model/input.ts';
import { keepNewest } from '../../core/model/keep-newest.ts';
import { type Root, rootAt, valueIn } from '../machine/root.ts';
import { HeldProcesses } from './held-processes.ts';
import { PodNames } from './pod-names.ts';
import { type Exists, exists, lookAt, TICK_NS, whoHas } from './process-look.ts';

export interface AttributionOptions {
  /** CLOCK_MONOTONIC, ns. */
  now(): number;
  /** @default rootAt('/') */
  readonly root?: Root;
  /** @default signal 0 */
  readonly exists?: Exists;
}

/** Processes remembered, so that they need not be told again. */
const CAP = 10_000;
/** Looks a second, and at once after quiet. One takes 10 to 40 µs: at worst 4 % of a core. What is beyond is told as not looked at. */
const LOOKS_PER_SECOND = 1000;
const BURST = 250;
/** Between two readings of how far the clock of starts is ahead, ns. */
const COMPARED_NS = 1e9;

/** How often each answer was given. */
export type Looks = Record<'found' | 'still' | 'gone' | 'hidden' | 'unread', number>;

/** Looks at the processes that own sockets, and says what is new about them. */
export class Attribution implements Disposable {
  readonly #now: () => number;
  readonly #root: Root;
  readonly #exists: Exists;
  readonly #pods: PodNames;
  /** Only the kernel's own files know that their process is gone. */
  readonly #held: HeldProcesses | null;
  /** Start, in ticks, of the process that was told last under a pid. */
  readonly #told = new Map<number, string>();
  #tokens = BURST;
  #refilledNs: number;
  #aheadNs = 0;
  #comparedNs = Number.NEGATIVE_INFINITY;
  readonly looks: Looks = { found: 0, still: 0, gone: 0, hidden: 0, unread: 0 };

  constructor(options: AttributionOptions) {
    this.#now = options.now;
    this.#root = options.root ?? rootAt();
    this.#exists = options.exists ?? exists;
    this.#pods = new PodNames(this.#root);
    this.#held = options.root === undefined ? new HeldProcesses() : null;
    this.#refilledNs = this.#now();
  }

  /** What /proc shows of these pids now. */
  look(pids: Iterable<number>): OwnersInput {
    const atNs = this.#now();
    this.#tokens = Math.min(BURST, this.#tokens + ((atNs - this.#refilledNs) / 1e9) * LOOKS_PER_SECOND);
    this.#refilledNs = atNs;
    const aheadNs = this.#aheadAt(atNs);
    const found: OwnersInput['found'][number][] = [];
    const lists = { still: [] as number[], gone: [] as number[], hidden: [] as number[], unread: [] as number[] };
    for (const pid of pids) {
      if (this.#tokens < 1) {
        lists.unread.push(pid);
        continue;
      }
      this.#tokens--;
      if (this.#isStill(pid)) {
        lists.still.push(pid);
        continue;
      }
      const shown = lookAt(this.#root, pid, this.#pods, { nowMs: atNs / 1e6, isThere: this.#exists });
      if (typeof shown === 'string') {
        this.#told.delete(pid);
        lists[shown].push(pid);
      } else {
        keepNewest(this.#told, pid, shown.ticks, CAP);
        found.push({ startedNs: Number(shown.ticks) * TICK_NS - aheadNs, owner: shown.owner });
      }
    }
    this.looks.found += found.length;
    for (const name of ['still', 'gone', 'hidden', 'unread'] as const) this.looks[name] += lists[name].length;
    return { type: 'owners', atNs, found, ...lists };
  }

  #isStill(pid: number): boolean {
    const ticks = this.#told.get(pid);
    if (ticks === undefined) return false;
    if (!this.#held?.lives(pid)) {
      this.#held?.hold(pid);
      const now = whoHas(this.#root, pid, this.#exists);
      if (typeof now === 'string' || now.ticks !== ticks) return false;
    }
    keepNewest(this.#told, pid, ticks, CAP);
    return true;
  }

  [Symbol.dispose](): void {
    this.#held?.[Symbol.dispose]();
  }

  /** As {@link #bootAheadNs}, read once a second: a sleep in between makes a start look later than it was, by what was slept, for that second. */
  #aheadAt(atNs: number): number {
    if (atNs - this.#comparedNs < COMPARED_NS) return this.#aheadNs;
    this.#comparedNs = atNs;
    this.#aheadNs = this.#bootAheadNs();
    return this.#aheadNs;
  }

  /** Starts are told by CLOCK_BOOTTIME, which goes on while the machine sleeps: how far it is ahead at most; 0 where it never slept. */
  #bootAheadNs(): number {
    const nowNs = this.#now();
    const uptime = Number(valueIn(this.#root, '/proc/uptime')?.split(' ')[0] ?? Number.NaN);
    const aheadNs = uptime * 1e9 - nowNs;
    // /proc/uptime cuts to 10 ms.
    return Number.isNaN(aheadNs) || aheadNs <= TICK_NS ? 0 : aheadNs + TICK_NS;
  }
}
