import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DialledInput, ProbeInput } from '../../core/model/input.ts';
import type { ProbeTarget } from '../../core/model/target.ts';
import type { ProberData, Report, ToProber } from './messages.ts';

export interface ProberOptions {
  readonly targets: readonly ProbeTarget[];
  emit(input: DialledInput | ProbeInput): void;
  /** The thread has ended by itself, or could not be started; another one is. In words. */
  onDeath(reason: string): void;
  /** Attempts at the same time. @default 500 */
  readonly atOnce?: number;
  /** Between a death and the next thread, ms; doubles up to the second. @default 500 and 30,000 */
  readonly backOffMs?: readonly [number, number];
  /** Attempts that may wait to be taken by this thread: some 2 KiB each. @default 20,000 */
  readonly maxWaiting?: number;
}

/** How probing itself goes. */
export interface ProberState {
  /** Why the last thread ended, while there is none; else null. */
  readonly down: string | null;
  /** Threads that ended by themselves. */
  readonly deaths: number;
  /** Attempts made and never told, because this thread was too busy to take them. */
  readonly untold: number;
}

/** A thread that lives so long is well: the next back-off begins anew. */
const WELL_MS = 60_000;
/** Closing takes half a second at most; then the thread is ended, and its sockets with it. */
const STOP_WITHIN_MS = 2000;

/**
 * Probes in a thread of its own: what holds this one up, a storm or a garbage collection, is not mistaken for the network. It is started with
 * the first target, and started again, with back-off, should it die: observing goes on meanwhile.
 */
export class Prober implements AsyncDisposable {
  readonly #options: ProberOptions;
  #targets: readonly ProbeTarget[];
  /** Attempts of each target so far: the next thread counts on. */
  readonly #counted = new Map<string, number>();
  #worker: Worker | null = null;
  #exited: Promise<unknown> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #startedMs = 0;
  #backOffMs: number;
  #state: ProberState = { down: null, deaths: 0, untold: 0 };
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#targets = options.targets;
    this.#backOffMs = this.#leastMs;
    if (this.#targets.length > 0) this.#start();
  }

  get state(): ProberState {
    return this.#state;
  }

  /** As {@link import('./scheduler.ts').Scheduler.follow}. */
  follow(targets: readonly ProbeTarget[]): void {
    this.#targets = targets;
    const names = new Set(targets.map(({ name }) => name));
    for (const name of [...this.#counted.keys()]) if (!names.has(name)) this.#counted.delete(name);
    if (this.#stopped) return;
    if (this.#worker !== null) this.#post({ type: 'follow', targets });
    else if (this.#again === undefined && targets.length > 0) this.#start();
  }

  /** As {@link import('./scheduler.ts').Scheduler.sentAgain}. */
  sentAgain(target: string, attempt: number, retransmits: number): void {
    if (retransmits > 0) this.#post({ type: 'sent-again', target, attempt, retransmits });
  }

  /** Stops probing; comes back once the thread is gone, and every socket with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    if (this.#worker === null) return;
    this.#post({ type: 'stop' });
    const timer = new AbortController();
    await Promise.race([this.#exited, delay(STOP_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    await this.#worker?.terminate();
  }

  #start(): void {
    const { atOnce = 500, maxWaiting = 20_000 } = this.#options;
    const workerData: ProberData = { targets: this.#targets, counted: this.#counted, atOnce, maxWaiting };
    this.#again = undefined;
    this.#startedMs = performance.now();
    // This file's own ending: .ts from a checkout, .js once built. The name is the thread's, which events of its sockets show.
    const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData, name: 'synoptic-probe' });
    this.#worker = worker;
    this.#state = { ...this.#state, down: null };
    this.#exited = once(worker, 'exit').catch(() => undefined);
    let reason: string | null = null;
    worker.on('message', (report: Report) => this.#take(report));
    worker.once('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.once('exit', (code) => {
      this.#worker = null;
      if (!this.#stopped) this.#died(reason ?? `its thread exited with ${code}`);
    });
  }

  #take({ inputs, untold }: Report): void {
    this.#state = { ...this.#state, untold: this.#state.untold + untold };
    let attempts = 0;
    for (const input of inputs) {
      if (input.type === 'probe') {
        attempts += 1;
        this.#counted.set(input.attempt.target, input.attempt.attempt);
      }
      // What is still on its way when probing is stopped is not told any more: nobody may be there to take it.
      if (!this.#stopped) this.#options.emit(input);
    }
    if (attempts > 0) this.#post({ type: 'taken', attempts });
  }

  #died(reason: string): void {
    if (performance.now() - this.#startedMs > WELL_MS) this.#backOffMs = this.#leastMs;
    this.#state = { ...this.#state, down: reason, deaths: this.#state.deaths + 1 };
    this.#again = setTimeout(() => this.#start(), this.#backOffMs);
    this.#backOffMs = Math.min(this.#backOffMs * 2, this.#mostMs);
    this.#options.onDeath(reason);
  }

  #post(message: ToProber): void {
    this.#worker?.postMessage(message);
  }

  get #leastMs(): number {
    return this.#options.backOffMs?.[0] ?? 500;
  }

  get #mostMs(): number {
    return this.#options.backOffMs?.[1] ?? 30_000;
  }
}
