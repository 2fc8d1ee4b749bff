import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FourTuple } from '../../src/core/model/four-tuple.ts';

const PROGRAM = fileURLToPath(new URL('./host.py', import.meta.url));
/** A version manager's stand-in for python3 costs three times as much to start. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** What a server does with what arrives, see host.py. */
export interface Serve {
  readonly does: 'reply' | 'discard' | 'close' | 'unread';
  readonly delayMs?: number;
  /** Of a reply. */
  readonly bytes?: number;
  /** Read at most so many at once. */
  readonly most?: number;
  /** Whether it closes once its peer has; and how long after. */
  readonly closes?: boolean;
  readonly closeMs?: number;
}

export interface Listen {
  /** Its own address where none is given. */
  readonly host?: string;
  readonly port?: number;
  readonly backlog?: number;
  readonly serve?: Serve;
  readonly accepts?: boolean;
  readonly fastopen?: number;
}

export interface Connect {
  readonly local?: number;
  readonly waitMs?: number;
  readonly userTimeoutMs?: number;
  /** Idle, interval, count: seconds, seconds, probes. */
  readonly keepAlive?: readonly [number, number, number];
  readonly serve?: Serve;
  /** Of the receive buffer, bytes. */
  readonly buffer?: number;
}

export interface Visits {
  readonly count?: number;
  readonly perSecond?: number;
  readonly fastopen?: boolean;
  readonly stop?: boolean;
}

export interface Listener {
  readonly id: number;
  readonly address: string;
  readonly port: number;
}

/** One end of a connection, as the host that holds it sees it. */
export interface Flow extends FourTuple {
  readonly id: number;
}

/** A connection's position in both directions, see repair.py. */
export type Position = Readonly<Record<string, unknown>>;

const idsOf = (flows: readonly { readonly id: number }[]) => flows.map(({ id }) => id);

/** The process of one lab host (host.py), in its namespace. Ended when disposed of, also while it is stopped. */
export class Host implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** One command at a time: answers come in order. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(name: string, address: string, netns: string) {
    this.name = name;
    this.address = address;
    // Each replaces itself by the next, so the child's pid is the program's; and should we die, it dies with us.
    const command = ['--pdeathsig', 'KILL', 'nsenter', `--net=${netns}`, PYTHON, PROGRAM, name];
    this.#child = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stdout === null) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** `netns`: path of the namespace it lives in. */
  static async start(name: string, address: string, netns: string): Promise<Host> {
    const host = new Host(name, address, netns);
    host.#last = host.#answer();
    await host.#last;
    return host;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('not started');
    return this.#child.pid;
  }

  async listen(options: Listen = {}): Promise<Listener> {
    const { id, port } = await this.#does<{ id: number; port: number }>('listen', { host: this.address, ...options });
    return { id, address: options.host ?? this.address, port };
  }

  /** A connection, made or still under way. @throws Error where it fails. */
  async connect(to: { address: string; port: number }, options: Connect = {}): Promise<Flow> {
    const made = await this.tries(to, options);
    if (typeof made === 'string') throw new Error(`connect: ${made}`);
    return made;
  }

  /** A connection, or the name of the error it met. */
  async tries(to: { address: string; port: number }, options: Connect = {}): Promise<Flow | string> {
    const answer = await this.#does<{ id: number; lport: number; error: string | null }>('connect', {
      host: to.address,
      port: to.port,
      ...options,
    });
    if (answer.error !== null) return answer.error;
    return { id: answer.id, laddr: this.address, lport: answer.lport, raddr: to.address, rport: to.port };
  }

  /** Connections one after the other, see host.py; how each ended: null, or an errno's name. */
  visit = (to: { address: string; port: number }, visits: Visits = {}): Promise<(string | null)[]> =>
    this.#does('visit', { host: to.address, port: to.port, ...visits });

  /** Our end of what a client connected. */
  async accepted({ laddr, lport, raddr, rport }: FourTuple): Promise<Flow> {
    const id = await this.#does<number>('accepted', { lport: rport, rport: lport });
    return { id, laddr: raddr, lport: rport, raddr: laddr, rport: lport };
  }

  send = (flows: readonly Flow[], bytes = 64): Promise<unknown> => this.#does('send', { ids: idsOf(flows), bytes });
  /** Sends every `everyMs`, for ever or `times` times. */
  ask = (flows: readonly Flow[], everyMs: number, bytes = 64, times = 0): Promise<unknown> =>
    this.#does('ask', { ids: idsOf(flows), everyMs, bytes, times });
  close = (flows: readonly { readonly id: number }[]): Promise<unknown> => this.#does('close', { ids: idsOf(flows) });
  shutdown = (flows: readonly Flow[]): Promise<unknown> => this.#does('shutdown', { ids: idsOf(flows) });
  reset = (flows: readonly Flow[]): Promise<unknown> => this.#does('reset', { ids: idsOf(flows) });
  /** The far end is not told. */
  forget = (flows: readonly Flow[]): Promise<unknown> => this.#does('forget', { ids: idsOf(flows) });
  position = ({ id }: Flow): Promise<Position> => this.#does('position', { id });
  /** A connection from elsewhere, `snd` and `rcv` bytes and `timestamp` ms away from where it was. */
  restore = (at: Position, shift: { snd?: number; rcv?: number; timestamp?: number } = {}): Promise<unknown> =>
    this.#does('restore', { at, ...shift });
  /** How each ended, null where it has not: an errno's name or `end`, and when. */
  ended = (flows: readonly Flow[]): Promise<(readonly [string, number] | null)[]> => this.#does('ended', { ids: idsOf(flows) });
  received = (flows: readonly Flow[]): Promise<number[]> => this.#does('received', { ids: idsOf(flows) });
  /** Tells the network that the address is here now. */
  announce = (address: string): Promise<unknown> => this.#does('announce', { address });
  /** SYNs from addresses of `sources` (three octets) that nobody has. */
  flood = (count: number, to: { address: string; port: number }, sources: string): Promise<unknown> =>
    this.#does('flood', { count, host: to.address, port: to.port, sources });

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #does<T>(does: string, details: Record<string, unknown>): Promise<T> {
    const answer = this.#last.then(() => {
      this.#child.stdin?.write(`${JSON.stringify({ does, ...details })}\n`);
      return this.#answer();
    });
    this.#last = answer.catch(() => undefined);
    return answer as Promise<T>;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`${this.name} ended`);
    const { value, error } = JSON.parse(line.value) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(`${this.name}: ${error}`);
    return value;
  }
}
