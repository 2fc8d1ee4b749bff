import type { Hook } from '../../core/model/hook.ts';
import type { Input } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { Keeper } from './keeper.ts';
import { readStderr } from './stderr.ts';

export interface SupervisorOptions {
  readonly command: readonly string[];
  readonly capabilities: readonly string[];
  readonly program: string;
  /** Pages of the buffers between kernel and bpftrace. */
  readonly bufferPages: number;
  /** How long the first start may take until the first byte. */
  readonly startTimeoutMs: number;
  readonly version: string;
  readonly hooks: readonly Hook[];
  emit(input: Input): void;
  /** For people: what bpftrace said, why it is started again. */
  warn(message: string): void;
  /** No bpftrace will come again; the reason. */
  onEnd(reason: string): void;
}

/** Back-off between starts: doubles from the first to the last; a bpftrace that ran this long without fault starts it anew. */
const BACKOFF_MS = { first: 500, last: 30_000, healthy: 60_000 };
/**
 * Heartbeats come four times a second; this long without a byte means that bpftrace hangs. Until the first it compiles: 0.1 to 0.6 s, but
 * 0.17 took 20 s for the whole program on an emulated machine: `bpftrace.startTimeoutMs`.
 */
const SILENCE_MS = { restarting: 10_000, running: 3000 };

/**
 * How long the next start may take until its first byte, and how long this bpftrace may be silent, ms, once one spoke after `tookMs`: a machine on which
 * it compiled for half a minute is slow at attaching, and with heartbeats, too.
 */
export function patienceAfter(tookMs: number): { readonly restarting: number; readonly running: number } {
  return { restarting: Math.max(SILENCE_MS.restarting, 5 * tookMs), running: Math.max(SILENCE_MS.running, tookMs / 2) };
}

const WATCH_MS = 500;
/** How often the keeper is asked what the kernel has skipped. */
export const SKIPS_EVERY_MS = 5000;
/**
 * bpftrace ends within 0.7 s of SIGTERM; while it still compiles, once it has. It detaches first, which takes two of the kernel's grace periods a tracepoint,
 * 30 ms each and on a busy host several times that, and then prints its last counters. systemd and Docker wait for 10 s.
 */
const STOP_MS = 6000;
/** Heartbeats come each 250 ms: one made after this was asked for has come by then, or bpftrace is not to be waited for. */
const DRAIN_MS = 600;

/**
 * Keeps one bpftrace running: passes its output on as Inputs, watches its heartbeat, starts it again after it ended, and says in plain
 * words why.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #keeper: Keeper;
  #running = false;
  /** Resolved once the bpftrace that runs now has ended. */
  #ended = Promise.withResolvers<void>();
  #closing = false;
  #startedNs = 0;
  #heardNs = 0;
  #spoke = false;
  #watchedNs = 0;
  #backoffMs = BACKOFF_MS.first;
  /** How long a start may take until the first byte, and how long it may be silent then. */
  #patienceMs: { restarting: number; running: number };
  #fault = '';
  #pid: number | null = null;
  #bytes = 0;
  #restart: NodeJS.Timeout | undefined;
  /** Somebody waits for a heartbeat of after this moment. */
  #beat: { readonly sinceNs: number; seen(): void } | null = null;
  readonly #watch: NodeJS.Timeout;
  readonly #skips: NodeJS.Timeout;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#patienceMs = { restarting: options.startTimeoutMs, running: SILENCE_MS.running };
    this.#keeper = new Keeper({
      ...options,
      onOutput: (text) => this.#output(text),
      onStderr: (line) => this.#stderr(line),
      onRunning: (pid) => {
        this.#pid = pid;
      },
      onSkips: (total) => this.#emit({ type: 'skipped', atNs: nowNs(), total }),
      onExit: (status) => this.#exit(status),
      onGone: (reason) => this.#gone(reason),
    });
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#skips = setInterval(() => this.#running && this.#keeper.askSkips(), SKIPS_EVERY_MS);
  }

  /** The bpftrace that runs now; null while none does. */
  get pid(): number | null {
    return this.#pid;
  }

  /** Bytes of standard output, of all that ran. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Starts bpftrace. What it then says comes as Inputs; only a canary tells that it observes. */
  start(): void {
    this.#running = true;
    this.#ended = Promise.withResolvers();
    this.#startedNs = nowNs();
    this.#heardNs = this.#startedNs;
    this.#spoke = false;
    this.#watchedNs = this.#startedNs;
    this.#options.emit({ type: 'kernel-up', atNs: this.#startedNs, version: this.#options.version, hooks: this.#options.hooks });
    this.#keeper.start();
  }

  /** Ends bpftrace in order and waits until what was made before, and its last counters, have been read. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    clearInterval(this.#watch);
    clearInterval(this.#skips);
    if (this.#running && this.#spoke) await this.#drain();
    if (this.#running) {
      this.#keeper.stop();
      const hang = setTimeout(() => this.#keeper.kill(), STOP_MS);
      await this.#ended.promise;
      clearTimeout(hang);
    } else this.#options.emit({ type: 'kernel-down', atNs: nowNs(), reason: 'bpftrace was stopped' });
    await this.#keeper.close();
  }

  /** On a signal bpftrace throws away what it has not read: so it is sent once a heartbeat of after this moment has come, and all before it. */
  async #drain(): Promise<void> {
    const beat = Promise.withResolvers<void>();
    this.#beat = { sinceNs: nowNs(), seen: beat.resolve };
    const patience = setTimeout(beat.resolve, DRAIN_MS);
    await Promise.race([beat.promise, this.#ended.promise]);
    clearTimeout(patience);
    this.#beat = null;
  }

  #output(text: string): void {
    this.#heardNs = nowNs();
    this.#bytes += text.length;
    // Once a start has been seen, the next one need not be given a minute.
    if (!this.#spoke) this.#patienceMs = patienceAfter((this.#heardNs - this.#startedNs) / 1e6);
    this.#spoke = true;
    this.#options.emit({ type: 'kernel', atNs: this.#heardNs, text });
    const waiting = this.#beat;
    if (waiting === null) return;
    // Where transitions wait in the kernel, a turn's end stands behind each heartbeat, and says that none does.
    const beat = text.match(/^U [0-9a-f]+/gm)?.at(-1) ?? text.match(/^H [0-9a-f]+/gm)?.at(-1);
    if (beat !== undefined && Number(`0x${beat.slice(2)}`) >= waiting.sinceNs) waiting.seen();
  }

  /** Behind what bpftrace has said. */
  #emit(input: Input): void {
    this.#keeper.flush();
    this.#options.emit(input);
  }

  #stderr(line: string): void {
    const news = readStderr(line);
    if (news.kind === 'lost') this.#emit({ type: 'lost', atNs: nowNs(), count: news.count });
    else if (news.kind === 'fault') {
      this.#fault ||= news.plain;
      this.#options.warn(`bpftrace: ${news.plain}`);
    }
  }

  #exit(status: number): void {
    if (!this.#running) return;
    this.#running = false;
    this.#pid = null;
    this.#ended.resolve();
    const reason = this.#closing ? 'bpftrace was stopped' : endOf(status, this.#fault);
    this.#fault = '';
    this.#emit({ type: 'kernel-down', atNs: nowNs(), reason, ...(this.#closing && { asked: true }) });
    if (this.#closing) return;
    if (nowNs() - this.#startedNs > BACKOFF_MS.healthy * 1e6) this.#backoffMs = BACKOFF_MS.first;
    this.#options.warn(`${reason}; starting it again in ${this.#backoffMs} ms`);
    this.#restart = setTimeout(() => this.start(), this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.last);
  }

  #gone(reason: string): void {
    clearInterval(this.#watch);
    clearInterval(this.#skips);
    clearTimeout(this.#restart);
    if (this.#running) this.#emit({ type: 'kernel-down', atNs: nowNs(), reason: `the privileged keeper has ended: ${reason}` });
    this.#running = false;
    this.#pid = null;
    this.#ended.resolve();
    if (!this.#closing) this.#options.onEnd(`the privileged keeper has ended: ${reason}`);
  }

  /** A look that itself comes late proves only that this process was busy: what bpftrace said meanwhile is still to be read. */
  #look(): void {
    const now = nowNs();
    const punctual = now - this.#watchedNs < 2 * WATCH_MS * 1e6;
    this.#watchedNs = now;
    const patienceMs = this.#spoke ? this.#patienceMs.running : this.#patienceMs.restarting;
    if (!this.#running || !punctual || now - this.#heardNs < patienceMs * 1e6) return;
    this.#fault = `it said nothing for ${Math.round(patienceMs / 100) / 10} s`;
    this.#heardNs = now;
    this.#keeper.kill();
  }
}

function endOf(status: number, fault: string): string {
  const how = status > 128 && status < 192 ? `bpftrace was ended by signal ${status - 128}` : `bpftrace ended with status ${status}`;
  return fault === '' ? how : `${how} (${fault})`;
}
