import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventWire } from '../../src/formats/event.ts';
import { Status } from '../../src/formats/status.ts';
import { descendant, lives, type Process } from './processes.ts';
import { MAIN } from './product.ts';
import { until } from './until.ts';

export type Of<K extends EventWire['kind']> = Extract<EventWire, { kind: K }>;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  /** Text of a configuration file that is given with --config. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes it: `setpriv …`. */
  readonly under?: readonly string[];
  /** How long it may take until it is ready, ms; an emulated machine takes twenty times as long. @default 25000 */
  readonly patienceMs?: number;
  /** Network namespace to run in, by name. Only that: `ip netns exec` would hide tracefs behind a new /sys. */
  readonly netns?: string;
}

/** The real command line in a process of its own. Ended, with all below it, when disposed of. */
export class Synoptic implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'synoptic-test-'));
  #stdout = '';
  #stderr = '';
  #read = 0;
  readonly #events: EventWire[] = [];
  /** Every process it was seen to have: none may outlive it. */
  readonly #below = new Map<number, Process>();

  constructor(args: readonly string[], { config, env = {}, netns, under = [] }: Options = {}) {
    const file = join(this.#folder, 'synoptic.yaml');
    if (config !== undefined) writeFileSync(file, config);
    // Where the machine's own observer keeps its captures is no place for a test's.
    const kept = args[0] === 'observe' && !args.includes('--data') ? ['--data', join(this.#folder, 'data')] : [];
    const all = [...args, ...kept, ...(config === undefined ? [] : ['--config', file])];
    const inside = netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`];
    const [command = '', ...words] = [...inside, ...under, process.execPath, MAIN, ...all];
    this.#child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#closed = once(this.#child, 'close');
  }

  /** Started and `ready`. */
  static async ready(args: readonly string[], options?: Options): Promise<Synoptic> {
    const synoptic = new Synoptic(args, options);
    try {
      await synoptic.says(/^ready$/m, options?.patienceMs ?? 25_000);
      return synoptic;
    } catch (error) {
      await synoptic[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `tail --format ndjson`, ready. */
  static async tail(args: readonly string[] = [], options?: Options): Promise<Synoptic> {
    return Synoptic.ready(['tail', '--format', 'ndjson', ...args], options);
  }

  /** `observe` on a free loopback port, ready. */
  static async observe(args: readonly string[] = [], options?: Options): Promise<Synoptic> {
    return Synoptic.ready(['observe', '--listen', '127.0.0.1:0', ...args], options);
  }

  /** Runs one that ends by itself. */
  static async run(args: readonly string[], options?: Options): Promise<Ended> {
    await using synoptic = new Synoptic(args, options);
    return await synoptic.ended();
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('not started');
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Every event printed so far, whole lines only. */
  get events(): readonly EventWire[] {
    const end = this.#stdout.lastIndexOf('\n') + 1;
    for (const line of this.#stdout.slice(this.#read, end).split('\n')) if (line !== '') this.#events.push(JSON.parse(line));
    this.#read = end;
    return this.#events;
  }

  all<K extends EventWire['kind']>(kind: K, fits: (event: Of<K>) => boolean = () => true): Of<K>[] {
    return this.events.filter((event): event is Of<K> => event.kind === kind && fits(event as Of<K>));
  }

  /** The first such event, now or later. */
  async event<K extends EventWire['kind']>(kind: K, fits: (event: Of<K>) => boolean = () => true, timeoutMs?: number): Promise<Of<K>> {
    return until(`${kind} event`, () => this.all(kind, fits)[0], timeoutMs);
  }

  /** Where it serves. */
  get url(): string {
    const found = /^serving (\S+)$/m.exec(this.#stderr);
    if (found?.[1] === undefined) throw new Error(`it serves nothing: ${this.#stderr}`);
    return found[1];
  }

  async status(): Promise<Status> {
    return Status.parse(await this.get('/api/v1/status'));
  }

  async get(path: string): Promise<unknown> {
    return (await fetch(new URL(path, this.url))).json();
  }

  /** Records that it said were lost, of any kind. */
  get told(): number {
    return this.all('gap').reduce((sum, { lost }) => sum + (lost ?? 0), 0);
  }

  /** Waits for words on standard error. */
  async says(words: RegExp, timeoutMs?: number): Promise<void> {
    await until(
      `${words} on stderr`,
      () => {
        if (words.test(this.#stderr)) return true;
        if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}: ${this.#stderr}`);
        return false;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#stderr}`);
    });
  }

  /** Its bpftrace; waits until there is one, other than `before`. */
  async bpftrace(before?: Process): Promise<Process> {
    return until('a bpftrace', () => {
      const found = this.#find('bpftrace');
      return found?.pid === before?.pid ? null : found;
    });
  }

  /** The root shell that starts bpftrace. */
  get keeper(): Process {
    const found = this.#find('sh');
    if (found === null) throw new Error('no keeper');
    return found;
  }

  kill(signal: NodeJS.Signals): void {
    this.#find('bpftrace');
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(timeoutMs = 25_000): Promise<Ended> {
    await until('its end', () => this.#child.exitCode !== null || this.#child.signalCode !== null, timeoutMs);
    await this.#closed;
    return { status: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  async stop(): Promise<Ended> {
    this.kill('SIGTERM');
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop();
    } finally {
      this.#child.kill('SIGKILL');
      for (const one of this.#below.values()) if (lives(one)) process.kill(one.pid, 'SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #find(comm: string): Process | null {
    const found = descendant(this.pid, comm);
    if (found !== null) this.#below.set(found.pid, found);
    return found;
  }
}
