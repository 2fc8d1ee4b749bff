import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { LabNamespace } from '../lab/namespace.ts';
import { compiled } from './compiled.ts';
import { type TcpCounts, tcpCountsOf } from './tcp-counts.ts';

/** What storm.c prints. */
const Printed = z.strictObject({ connections: z.int(), served: z.int(), failed: z.int(), seconds: z.number() });

export interface Load {
  /** Connections a second; 0 is flat out. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Loaded extends z.infer<typeof Printed> {
  readonly perSecond: number;
  /** What the kernel counted in the storm's namespace. */
  readonly own: TcpCounts;
}

/** More of either leave connect() looking for a free port, and a storm slows itself down. */
const DESTINATIONS = 256;
const PORTS = '1024 65535';

/**
 * A namespace for one storm: its counters are the storm's alone, and no earlier storm's sockets in TIME_WAIT are in its way. They go with it.
 */
export class StormNamespace implements AsyncDisposable {
  readonly #lab = new LabNamespace();

  constructor() {
    this.#lab.run('sh', '-c', `echo ${PORTS} > /proc/sys/net/ipv4/ip_local_port_range`);
  }

  get netns(): number {
    return this.#lab.netns;
  }

  /**
   * Runs storm.c, once.
   *
   * @throws Error where a connection failed, or it did not end well: nothing measured with it would mean anything.
   */
  async run({ rate, seconds }: Load, signal: AbortSignal): Promise<Loaded> {
    const { name } = this.#lab;
    const command = ['netns', 'exec', name, compiled('storm'), '-d', String(DESTINATIONS), String(rate), String(seconds)];
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'], signal, killSignal: 'SIGKILL' });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the storm ended with ${code}: ${text}`);
    const printed = Printed.parse(JSON.parse(text));
    if (printed.failed > 0) throw new Error(`${printed.failed} of the storm's connections failed, ${printed.connections} were made`);
    const own = tcpCountsOf(this.#lab.run('cat', '/proc/net/snmp'));
    return { ...printed, perSecond: printed.connections / printed.seconds, own };
  }

  /** Runs hold.c in it until what comes back is disposed of: so many connections, twice as many sockets; comes back once all are made. */
  async hold(connections: number, perSecond: number, signal: AbortSignal): Promise<AsyncDisposable> {
    const child = spawn('ip', ['netns', 'exec', this.#lab.name, compiled('hold'), String(connections), String(perSecond)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      signal,
      killSignal: 'SIGKILL',
    });
    const closed = once(child, 'close');
    const ready = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), closed]);
    if (ready[0] !== 'ready\n') throw new Error(`the connections could not be held: ${ready[0]}`);
    return {
      [Symbol.asyncDispose]: async () => {
        child.stdin.end();
        await closed;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }
}
