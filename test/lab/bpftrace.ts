import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LineDecoder } from '../../src/core/decode/index.ts';
import type { KernelRecord } from '../../src/core/model/record.ts';

/** bpftrace's own stderr about a limit that no longer matters. */
const HARMLESS = /RLIMIT_MEMLOCK|^$/;

/** A bpftrace run by hand. Ended when disposed of. */
export class Bpftrace implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(...args: string[]) {
    this.#child = spawn('bpftrace', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.stdout += text;
      this.take(text);
    });
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.#child, 'close');
  }

  /** Whatever it printed; for those that read on. */
  protected take(_text: string): void {}

  get status(): number | null {
    return this.#child.exitCode;
  }

  /** What it complained about. */
  get complaints(): string[] {
    return this.stderr.split('\n').filter((line) => !HARMLESS.test(line));
  }

  /** Waits until it has ended and all its output was read. */
  async ended(): Promise<void> {
    await this.#closed;
  }

  /** Ends it in order, so that it prints its maps. */
  async stop(): Promise<void> {
    if (this.status === null) this.#child.kill('SIGTERM');
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hang = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.stop();
    clearTimeout(hang);
  }
}

/** A script of bpf/ run alone, as its header says; its records as its decoder reads them. */
export class LoneScript extends Bpftrace {
  readonly records: KernelRecord[] = [];
  readonly faults: string[] = [];
  readonly #decoder = new LineDecoder({
    record: (record) => this.records.push(record),
    fault: (line, why) => this.faults.push(`${why}: ${line}`),
  });

  constructor(name: string) {
    super(fileURLToPath(new URL(`../../bpf/${name}.bt`, import.meta.url)));
  }

  all<T extends KernelRecord['type']>(type: T): Extract<KernelRecord, { type: T }>[] {
    return this.records.filter((record): record is Extract<KernelRecord, { type: T }> => record.type === type);
  }

  protected override take(text: string): void {
    this.#decoder.write(text);
  }
}
