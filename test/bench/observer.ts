import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { descendants, lives, statusOf } from '../lab/processes.ts';
import { until } from '../lab/until.ts';
import type { Bpftrace } from './bpftraces.ts';
import { cpuSecondsOf } from './cpu.ts';
import { MAIN } from './places.ts';
import { Samples } from './prometheus.ts';

/** What is read of the status; whatever else is in it is nobody's business here. */
const Told = z.object({
  events: z.object({ total: z.number() }),
  completeness: z.object({ lost: z.number(), shed: z.number(), gaps: z.number() }),
  sockets: z.object({ tracked: z.number() }),
  clock: z.object({ errorNs: z.number().nullable() }),
});
export type Told = z.infer<typeof Told>;

export interface StartOptions {
  readonly bpftrace: Bpftrace;
  readonly signal: AbortSignal;
  /** What is run; options follow. @default `observe` of the built command line, under this Node */
  readonly command?: readonly string[];
  /** Whether the flight recorder runs. @default true */
  readonly record?: boolean;
  /** `bpftrace.budget`: 0 tells every socket, whatever it costs. @default null: that of the settings */
  readonly budget?: number | null;
  /** What is probed, as the configuration says it. @default nothing */
  readonly probes?: readonly object[];
}

const READY_MS = 30_000;
const END_MS = 15_000;
const REST_MS = { begins: 2500, look: 1000, most: 30_000 };
/** Of a core. */
const RESTING = 0.05;

/** `synoptic observe` as a user runs it: the built program in a process of its own. Ended, with all below it, when disposed of. */
export class Observer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'synoptic-bench-'));
  /** Where it keeps captures. */
  readonly data = join(this.#folder, 'data');
  /** One connection for all questions: opening one is itself ten transitions. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #stderr = '';
  /** When it said `ready`, performance.now(); not when somebody looked. */
  #readyMs: number | null = null;
  #url: string | null = null;

  private constructor({
    bpftrace,
    command = [process.execPath, MAIN, 'observe'],
    record = true,
    budget = null,
    probes = [],
  }: StartOptions) {
    const config = join(this.#folder, 'synoptic.yaml');
    const { command: words, capabilities } = bpftrace;
    // JSON is YAML.
    writeFileSync(
      config,
      JSON.stringify({ bpftrace: { command: words, capabilities, budget }, data: this.data, captures: { record }, probes }),
    );
    const [file = '', ...args] = command;
    this.#child = spawn(file, [...args, '--listen', '127.0.0.1:0', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-65_536);
      if (this.#readyMs === null && /^ready$/m.test(this.#stderr)) this.#readyMs = performance.now();
    });
  }

  /** Comes back once it is ready. @throws Error with its words where it ends, or is not ready within 30 s. */
  static async start(options: StartOptions): Promise<Observer> {
    const observer = new Observer(options);
    try {
      await observer.#ready(options.signal);
      observer.#url = observer.url; // before what it says later pushes it out
      return observer;
    } catch (error) {
      await observer[Symbol.asyncDispose]();
      throw error;
    }
  }

  get readyMs(): number {
    if (this.#readyMs === null) throw new Error('the observer is not ready');
    return this.#readyMs;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the observer was not started');
    return this.#child.pid;
  }

  get url(): string {
    this.#url ??= /^serving (\S+)$/m.exec(this.#stderr)?.[1] ?? null;
    if (this.#url === null) throw new Error(`the observer serves nothing: ${this.#stderr}`);
    return this.#url;
  }

  /** CPU time of all its processes so far: Node, keeper, bpftrace, and helpers that have ended. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /**
   * Comes back once it does nothing of itself any more: from two seconds after it is ready it rehearses, and whoever leaves it on for days does not
   * meet a storm in there.
   */
  async rested(signal: AbortSignal): Promise<void> {
    await delay(REST_MS.begins, undefined, { signal });
    const untilMs = performance.now() + REST_MS.most;
    for (let before = this.cpuSeconds; performance.now() < untilMs; ) {
      await delay(REST_MS.look, undefined, { signal });
      const now = this.cpuSeconds;
      if (now - before < RESTING * (REST_MS.look / 1000)) return;
      before = now;
    }
  }

  /** Resident memory of Node, and of its bpftrace, in MB of 10⁶ bytes. */
  get memory(): { node: number; bpftrace: number } {
    const bpftrace = descendants(this.pid).find(({ comm }) => comm === 'bpftrace');
    if (bpftrace === undefined) throw new Error('the observer has no bpftrace');
    return { node: residentMb(this.pid), bpftrace: residentMb(bpftrace.pid) };
  }

  async told(): Promise<Told> {
    return Told.parse(JSON.parse(await this.#get('/api/v1/status')));
  }

  async metrics(): Promise<Samples> {
    return new Samples(await this.#get('/metrics'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    const below = this.#child.pid === undefined ? [] : descendants(this.#child.pid);
    try {
      if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
        const ended = once(this.#child, 'exit');
        this.#child.kill('SIGTERM');
        const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
        await ended;
        clearTimeout(timer);
      }
    } finally {
      for (const one of below) if (lives(one)) process.kill(one.pid, 'SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const look = (): boolean => {
      signal.throwIfAborted();
      if (this.#child.exitCode !== null) throw new Error(`the observer ended with ${this.#child.exitCode}: ${this.#stderr}`);
      return this.#readyMs !== null;
    };
    await until('ready', look, READY_MS).catch((error: Error) => {
      throw new Error(`${error.message}; the observer said: ${this.#stderr}`, { cause: error });
    });
  }

  async #get(path: string): Promise<string> {
    try {
      return await ask(new URL(path, this.url), this.#agent);
    } catch {
      // A connection that was idle for long may be closed just when it is used again.
      await delay(50);
      return ask(new URL(path, this.url), this.#agent);
    }
  }
}

function residentMb(pid: number): number {
  return (Number.parseInt(statusOf(pid, 'VmRSS'), 10) * 1024) / 1e6;
}

function ask(url: URL, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${url}: ${response.statusCode} ${text}`))));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${url} did not answer within 30 s`)));
    request.on('error', reject);
  });
}

/** `ready` takes as long as this from the start of the command, seconds. What was started is ended again. */
export async function secondsToReady(options: StartOptions): Promise<number> {
  const startMs = performance.now();
  await using observer = await Observer.start(options);
  return (observer.readyMs - startMs) / 1000;
}
