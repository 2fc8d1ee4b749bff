import { type Actor, cable, LabNamespace } from '../lab/namespace.ts';
import type { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';
import { linesOf, type Scene } from './lines.ts';

const NEAR = '10.96.0.1';
const FAR = '10.96.0.2';
/** Nobody listens there. */
const CLOSED_PORT = 9;
/** Nobody has it: what is sent there is lost without a word. */
const NOBODY = '02:00:00:00:0c:0c';

interface Options {
  readonly tail: Synoptic;
  /** Whether this machine's hooks tell SYN-ACKs that are sent again; by kprobe they do not. */
  readonly synacks: boolean;
  /** How long to wait for any one event. */
  readonly patienceMs: number;
}

/** Two namespaces with a cable, and the same traffic on every kernel: what is seen of it, in lines to compare. */
export class Stage implements AsyncDisposable {
  readonly #near = new LabNamespace();
  readonly #far = new LabNamespace();
  #client: Actor | null = null;
  #server: Actor | null = null;
  #fences = 0;

  static async set(): Promise<Stage> {
    const stage = new Stage();
    cable(stage.#near, stage.#far, [NEAR, FAR]);
    stage.#client = await stage.#near.actor();
    stage.#server = await stage.#far.actor();
    stage.#answers(true);
    return stage;
  }

  /** Plays all scenes, one after the other. */
  async play(options: Options): Promise<Record<Scene, readonly string[]>> {
    return {
      exchange: await this.#scene('exchange', options, () => this.#exchange()),
      refused: await this.#scene('refused', options, () => this.#refused()),
      reset: await this.#scene('reset', options, () => this.#reset()),
      handshake: await this.#scene('handshake', options, () => this.#handshake(options)),
      data: await this.#scene('data', options, () => this.#data(options)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#near[Symbol.asyncDispose]();
    await this.#far[Symbol.asyncDispose]();
  }

  async #scene(scene: Scene, options: Options, act: () => Promise<number>): Promise<readonly string[]> {
    const port = await act();
    await this.#fence(options);
    const { events } = options.tail;
    return linesOf(scene, events, { port, netns: [this.#near.netns, this.#far.netns], client: this.#actor('client').pid });
  }

  /** One whole connection over loopback, closed by who opened it. */
  async #exchange(): Promise<number> {
    const one = this.#actor('client');
    const port = await one.number('listen', { host: '127.0.0.1' });
    const index = await one.number('connect', { host: '127.0.0.1', port });
    await one.does('end', { index });
    const accepted = (await one.number('acceptedCount')) - 1;
    await one.does('peerEnded', { index: accepted });
    await one.does('acceptedEnd', { index: accepted });
    return port;
  }

  async #refused(): Promise<number> {
    await this.#actor('client').does('refused', { host: FAR, port: CLOSED_PORT });
    return CLOSED_PORT;
  }

  async #reset(): Promise<number> {
    const { port, index } = await this.#connected();
    await this.#actor('client').does('reset', { index });
    return port;
  }

  /** SYN-ACKs are lost: both ends send again, after 1 s (RFC 6298 §2.1). */
  async #handshake({ tail, synacks, patienceMs }: Options): Promise<number> {
    const port = await this.#actor('server').number('serve', { host: FAR });
    this.#answers(false);
    const index = await this.#actor('client').number('connect', { host: FAR, port, wait: false });
    await tail.event('retransmit', ({ rport, what }) => rport === port && what === 'syn', patienceMs);
    if (synacks) await tail.event('retransmit', ({ lport, what }) => lport === port && what === 'synack', patienceMs);
    // Not waited for: the next try would come 2 s later.
    await this.#actor('client').does('destroy', { index });
    this.#answers(true);
    return port;
  }

  /** Acknowledgements are lost: a tail loss probe, then the timer. */
  async #data({ tail, patienceMs }: Options): Promise<number> {
    const { port, index } = await this.#connected();
    this.#answers(false);
    await this.#actor('client').does('write', { index, text: 'x' });
    await tail.event('retransmit', ({ rport, timer }) => rport === port && timer === 'rto', patienceMs);
    this.#answers(true);
    await this.#actor('client').does('end', { index });
    return port;
  }

  async #connected(): Promise<{ port: number; index: number }> {
    const port = await this.#actor('server').number('serve', { host: FAR });
    return { port, index: await this.#actor('client').number('connect', { host: FAR, port }) };
  }

  /** Connections of another port; once an end of theirs has been told, so has everything before. Three, for the kernel may skip one's end. */
  async #fence({ tail, patienceMs }: Options): Promise<void> {
    const actor = this.#actor('client');
    const port = await actor.number('serve', { host: '127.0.0.1' });
    await actor.does('burst', { host: '127.0.0.1', port, count: 3 });
    this.#fences += 1;
    const what = `the end of fence ${this.#fences}`;
    await until(what, () => tail.all('state', ({ rport, to }) => rport === port && to === 'CLOSE')[0], patienceMs);
  }

  /** Whether what the far end sends arrives. */
  #answers(arrive: boolean): void {
    const link = arrive ? /link\/ether (\S+)/.exec(this.#near.ip('link', 'show', 'eth0'))?.[1] : NOBODY;
    this.#far.ip('neigh', 'replace', NEAR, 'lladdr', link ?? NOBODY, 'nud', 'permanent', 'dev', 'eth0');
  }

  #actor(which: 'client' | 'server'): Actor {
    const actor = which === 'client' ? this.#client : this.#server;
    if (actor === null) throw new Error('the stage is not set');
    return actor;
  }
}
