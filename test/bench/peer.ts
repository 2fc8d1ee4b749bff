import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { descendants } from '../lab/processes.ts';
import { until } from '../lab/until.ts';

/** tcpstates of libbpf-tools, as Debian's trixie has it: what an observer without a control plane costs. */
export const TCPSTATES = ['tcpstates-libbpf'];

/** Between its loading and its first poll of the buffers. */
const LOADED_MS = 300;

/** A peer with its output read from a pipe and thrown away, but counted. Ended when disposed of. */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcess;
  #lines = 0;
  #lost = 0;

  private constructor([file = '', ...args]: readonly string[]) {
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) this.#lines++;
    });
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#lost += Number(/lost (\d+) events/i.exec(line)?.[1] ?? 0);
    });
  }

  /** Comes back once its programs hang in the kernel: it says nothing of that itself. */
  static async start(command: readonly string[], signal: AbortSignal): Promise<Peer> {
    const peer = new Peer(command);
    try {
      await until(`${command.join(' ')} attached`, () => {
        signal.throwIfAborted();
        if (peer.#child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${peer.#child.exitCode}`);
        return peer.#attached;
      });
      await new Promise((resolve) => setTimeout(resolve, LOADED_MS));
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends it; what it still held comes out. `lost` is what it says itself. */
  async stop(): Promise<{ lines: number; lost: number }> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGINT');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(timer);
    }
    return { lines: this.#lines, lost: this.#lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #attached(): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return false;
    return [pid, ...descendants(pid).map((below) => below.pid)].some((one) => filesOf(one).some((file) => ATTACHED.test(file)));
  }
}

const ATTACHED = /bpf[-_]link|\[perf_event\]/;

function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
  } catch {
    return []; // ended, or a descriptor closed meanwhile: the next look tells
  }
}
