import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ProbeWire } from '../../../../src/formats/probe.ts';
import { cable, LabNamespace } from '../../../lab/namespace.ts';
import { MAIN } from '../../../lab/product.ts';
import { until } from '../../../lab/until.ts';

const PONG = fileURLToPath(new URL('../../../lab/pong.py', import.meta.url));
const HERE = '10.98.0.1';
const THERE = '10.98.0.2';

/** Two namespaces with a cable between them: probes run in one, a server that speaks Fast Open in the other. */
export class TwoEnds implements AsyncDisposable {
  readonly here = new LabNamespace();
  readonly there = new LabNamespace();
  readonly #server: ChildProcess;
  /** What the server said, line by line; its port first. */
  readonly said: string[] = [];

  private constructor() {
    cable(this.here, this.there, [HERE, THERE]);
    this.there.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen=3');
    this.#server = spawn('ip', ['netns', 'exec', this.there.name, 'python3', PONG, THERE], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.#server.stdout !== null) createInterface({ input: this.#server.stdout }).on('line', (line) => this.said.push(line));
  }

  static async open(): Promise<TwoEnds> {
    const ends = new TwoEnds();
    await until('the server says its port', () => ends.said.length > 0);
    return ends;
  }

  /** HOST:PORT of the server. */
  get server(): string {
    return `${THERE}:${this.said[0]}`;
  }

  /** Takes packets on their way into the server's side away, by a condition as nft has it. */
  drop(condition: string): void {
    const chain = 'chain in { type filter hook input priority 0; }';
    this.there.run('nft', `add table ip lab; add ${chain.replace('chain', 'chain ip lab')}; add rule ip lab in ${condition} drop`);
  }

  dropNothing(): void {
    this.there.run('nft', 'flush', 'ruleset');
  }

  /** `synoptic probe --json` on the near side; `onAttempt` is told of each as it comes. */
  async probe(args: readonly string[], onAttempt: (attempt: ProbeWire) => void = () => undefined): Promise<ProbeWire[]> {
    const command = ['netns', 'exec', this.here.name, process.execPath, MAIN, 'probe', '--json', ...args];
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const attempts: ProbeWire[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const attempt = ProbeWire.parse(JSON.parse(line));
      attempts.push(attempt);
      onAttempt(attempt);
    }
    await closed;
    return attempts;
  }

  /** As {@link probe}, once, for people. @throws where the target is not alive */
  table(...args: string[]): string {
    return this.here.run(process.execPath, MAIN, 'probe', ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#server, 'close');
    this.#server.kill('SIGKILL');
    await gone;
    await this.here[Symbol.asyncDispose]();
    await this.there[Symbol.asyncDispose]();
  }
}
