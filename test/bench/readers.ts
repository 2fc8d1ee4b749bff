import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { until } from '../lab/until.ts';
import { compiled } from './compiled.ts';

const Printed = z.strictObject({ clients: z.int(), bytes: z.number(), least: z.number(), closed: z.int() });
type Printed = z.infer<typeof Printed>;

/** Viewers that take the whole stream, or are stuck and take nothing: readers.c. Ended when disposed of. */
export class Readers implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #text = '';

  private constructor(url: string, { clients, stuck }: { clients: number; stuck: boolean }) {
    const args = [new URL(url).port, String(clients), ...(stuck ? ['stuck'] : [])];
    this.#child = spawn(compiled('readers'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.setEncoding('utf8').on('data', (more: string) => {
      this.#text += more;
    });
  }

  /** Comes back once all have subscribed. */
  static async open(url: string, options: { clients: number; stuck: boolean }, signal: AbortSignal): Promise<Readers> {
    const readers = new Readers(url, options);
    try {
      await until('viewers that have subscribed', () => {
        signal.throwIfAborted();
        if (readers.#child.exitCode !== null) throw new Error(`the viewers ended with ${readers.#child.exitCode}`);
        return readers.#text.startsWith('ready\n');
      });
      return readers;
    } catch (error) {
      await readers[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends them; null where they had no more words. */
  async close(): Promise<Printed | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.stdin.end();
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(timer);
    }
    const [, last = ''] = this.#text.split('\n');
    return last === '' ? null : Printed.parse(JSON.parse(last));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
