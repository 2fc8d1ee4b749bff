import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LabNamespace } from './namespace.ts';
import { until } from './until.ts';

const PAGER = fileURLToPath(new URL('./pager.mjs', import.meta.url));

/** One attempt at a delivery, as it came. */
export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whoever is paged, in a namespace (pager.mjs): the first delivery is refused. Ended when disposed of. */
export class Pager implements AsyncDisposable {
  readonly deliveries: Delivery[] = [];
  readonly #child: ChildProcess;
  /** Those who wait for what they asked for. One at a time, or answers would not be told apart. */
  readonly #asked: ((got: string) => void)[] = [];
  #port: number | null = null;

  private constructor(lab: LabNamespace) {
    this.#child = spawn('ip', ['netns', 'exec', lab.name, process.execPath, PAGER], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout ?? process.stdin }).on('line', (line) => {
      const said = JSON.parse(line) as Delivery | { readonly port: number } | { readonly got: string };
      if ('port' in said) this.#port = said.port;
      else if ('got' in said) this.#asked.shift()?.(said.got);
      else this.deliveries.push(said);
    });
  }

  static async in(lab: LabNamespace): Promise<Pager> {
    const pager = new Pager(lab);
    await until('a pager', () => pager.#port !== null, 30_000);
    return pager;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** What is served at an address of its namespace. */
  async get(url: string): Promise<string> {
    if (this.#asked.length > 0) throw new Error('it is being asked already');
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#asked.push(resolve);
    this.#child.stdin?.write(`${url}\n`);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
