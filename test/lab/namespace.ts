import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { numbersOf } from '../../src/sources/samples/counters.ts';
import { listNetNamespaces, type NetNamespace } from '../../src/sources/samples/netns.ts';

const ACTOR = fileURLToPath(new URL('./actor.mjs', import.meta.url));

let made = 0;

/** A real network namespace of our own, with its loopback up. Removed with everything in it when disposed of. */
export class LabNamespace {
  readonly name: string;
  readonly #actors: Actor[] = [];

  constructor() {
    made += 1;
    this.name = `synoptic-${process.pid}-${made}`;
    ip('netns', 'add', this.name);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** `ip -n NAME …` */
  ip(...args: string[]): string {
    return ip('-n', this.name, ...args);
  }

  /** Runs a command inside and gives its output. */
  run(...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, ...command], { encoding: 'utf8' });
  }

  /** Its inode: what events call `netns`. */
  get netns(): number {
    return statSync(`/run/netns/${this.name}`).ino;
  }

  async actor(): Promise<Actor> {
    const actor = new Actor(this.name);
    this.#actors.push(actor);
    await actor.ready;
    return actor;
  }

  /** As our own code finds it. */
  async found(): Promise<NetNamespace> {
    const { namespaces } = await listNetNamespaces();
    const found = namespaces.find(({ names }) => names.includes(this.name));
    if (found === undefined) throw new Error(`${this.name} is not listed`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.stop()));
    ip('netns', 'del', this.name);
  }
}

/** Two namespaces with a cable between them. */
export function cable(a: LabNamespace, b: LabNamespace, [addressA, addressB]: readonly [string, string]): void {
  a.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', b.name);
  for (const [end, address] of [
    [a, addressA],
    [b, addressB],
  ] as const) {
    end.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
    end.ip('link', 'set', 'eth0', 'up');
  }
}

/** A process inside a namespace, see actor.mjs. */
export class Actor {
  readonly ready: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(namespace: string) {
    // `ip netns exec` replaces itself by the command, so the child's pid is the actor's.
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, ACTOR], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no stdout');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    this.ready = this.#answer();
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('not started');
    return this.#child.pid;
  }

  async does(command: string, details: Record<string, unknown> = {}): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify({ does: command, ...details })}\n`);
    return this.#answer();
  }

  /** As `does`, for commands that answer a port or an index. */
  async number(command: string, details: Record<string, unknown> = {}): Promise<number> {
    return Number(await this.does(command, details));
  }

  /** A number of the kernel's own statistics of the actor's namespace, by file, line and name: `snmp Tcp ActiveOpens`. */
  statistic(path: string): number {
    const [file = '', line = '', name = ''] = path.split(' ');
    const value = numbersOf(readFileSync(`/proc/${this.pid}/net/${file}`, 'utf8')).get(`${line} ${name}`);
    if (value === undefined) throw new Error(`no ${path}`);
    return value;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
    this.#reader.close();
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the actor ended');
    const { value, error } = JSON.parse(line.value) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}
