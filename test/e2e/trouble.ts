import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LabNamespace } from '../lab/namespace.ts';
import { LabServer } from '../lab/servers.ts';
import { Synoptic } from '../lab/synoptic.ts';

const PORTS = { healthy: 7001, slow: 7002, refused: 7003, lossy: 7004 } as const;

const QUEUE = fileURLToPath(new URL('../lab/queue.py', import.meta.url));
const SLOW = fileURLToPath(new URL('../lab/slow-pong.py', import.meta.url));

/** What is probed, by how it fares. `lossy`: one SYN in three is dropped. */
export const TARGETS = {
  healthy: `redis://127.0.0.1:${PORTS.healthy}`,
  slow: `redis://127.0.0.1:${PORTS.slow}`,
  refused: `tcp://127.0.0.1:${PORTS.refused}`,
  lossy: `redis://127.0.0.1:${PORTS.lossy}`,
} as const;

const CONFIG = `probes:
  - { target: "${TARGETS.healthy}", every: 1s, timeout: 1s }
  - { target: "${TARGETS.slow}", every: 1s, timeout: 2s }
  - { target: "${TARGETS.refused}", every: 2s, timeout: 1s }
  - { target: "${TARGETS.lossy}", every: 2s, timeout: 3s }
`;

/** `synoptic observe` in a namespace in which real things go wrong, for a page to show. All of it ends when disposed of. */
export class Trouble implements AsyncDisposable {
  readonly lab = new LabNamespace();
  readonly #servers: LabServer[] = [];
  readonly #children: ChildProcess[] = [];
  #observe: Synoptic | null = null;

  private constructor() {}

  static async begun(): Promise<Trouble> {
    const trouble = new Trouble();
    try {
      await trouble.#begin();
      return trouble;
    } catch (error) {
      await trouble[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    if (this.#observe === null) throw new Error('not begun');
    return this.#observe.url;
  }

  get observe(): Synoptic {
    if (this.#observe === null) throw new Error('not begun');
    return this.#observe;
  }

  /** A listener that never accepts turns clients away; the answer lets it accept, so that the finding is resolved. */
  async fillQueue(): Promise<() => void> {
    const queue = this.#python(QUEUE, '1', '6');
    const lines = createInterface({ input: queue.stdout })[Symbol.asyncIterator]();
    await lines.next();
    queue.stdin.write('\n');
    await lines.next();
    return () => void queue.stdin.write('\n');
  }

  async #begin(): Promise<void> {
    const { lab } = this;
    this.#servers.push(await LabServer.redis(lab, PORTS.healthy), await LabServer.redis(lab, PORTS.lossy));
    const slow = this.#python(SLOW, String(PORTS.slow), '0.25');
    await createInterface({ input: slow.stdout })[Symbol.asyncIterator]().next();
    lab.run('nft', 'add table inet lab; add chain inet lab in { type filter hook input priority 0; }');
    lab.run('nft', `add rule inet lab in tcp dport ${PORTS.lossy} tcp flags & (syn | ack) == syn numgen inc mod 3 == 0 drop`);
    this.#observe = await Synoptic.ready(['observe', '--listen', '127.0.0.1:0'], { config: CONFIG, netns: lab.name });
  }

  #python(...args: string[]) {
    const child = spawn('ip', ['netns', 'exec', this.lab.name, 'python3', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#observe?.[Symbol.asyncDispose]();
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    await this.lab[Symbol.asyncDispose]();
  }
}
