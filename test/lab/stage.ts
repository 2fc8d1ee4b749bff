import { release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { FourTuple } from '../../src/core/model/four-tuple.ts';
import { nowNs } from '../../src/sources/clock.ts';
import { type Flow, Host, type Listen, type Listener } from './host.ts';
import { Network } from './network.ts';
import { type Delay, relay } from './relay.ts';
import type { Deed, Due, Scenario, Truth } from './scenario.ts';

/** What is still under way in the kernel and in bpftrace's buffers when a play ends. */
const SETTLE_MS = 300;
/** A deed may name whoever is known to it by ports. */
const tupleOf = ({ laddr, lport, raddr, rport }: FourTuple): FourTuple => ({ laddr, lport, raddr, rport });

/** Where a scenario is played: its hosts, and a diary of what was done to them. */
export class Stage {
  readonly #id: string;
  readonly #subnet: string;
  readonly #stack = new AsyncDisposableStack();
  readonly #hosts: Record<string, { address: string; netns: number }> = {};
  readonly #deeds: Deed[] = [];
  #network: Network | null = null;

  private constructor(id: string, subnet: string) {
    this.#id = id;
    this.#subnet = subnet;
  }

  /** Plays a scenario and gives the truth of it. Nothing is left of it then. */
  static async play(scenario: Scenario, number: number): Promise<Truth> {
    const stage = new Stage(String(number), `10.80.${number}`);
    const beganNs = nowNs();
    try {
      const due = await scenario.play(stage);
      const endedNs = nowNs();
      await delay(SETTLE_MS);
      return stage.#truth(scenario, { beganNs, endedNs, due });
    } finally {
      await stage.#stack.disposeAsync();
    }
  }

  get network(): Network {
    if (this.#network === null) throw new Error('no hosts yet');
    return this.#network;
  }

  /** Hosts on one switch, each with its process. `later` ones get their address only when the scenario gives it. */
  async hosts<const N extends readonly string[]>(names: N, later: readonly string[] = []): Promise<{ [K in N[number]]: Host }> {
    this.#network = this.#stack.use(await Network.open(this.#id, this.#subnet, names, later));
    const { network } = this;
    for (const name of names) this.#hosts[name] = { address: network.addressOf(name), netns: network.netnsOf(name) };
    const hosts = await Promise.all(names.map((name) => Host.start(name, network.addressOf(name), network.pathOf(name))));
    for (const host of hosts) this.#stack.use(host);
    return Object.fromEntries(hosts.map((host) => [host.name, host])) as { [K in N[number]]: Host };
  }

  /** A wire with delays between two hosts, instead of the switch. */
  async delayed(hosts: readonly [string, string], delays: Delay): Promise<void> {
    this.#stack.use(await relay(this.network, hosts, delays));
  }

  /** A client, a server that listens, and `count` connections between them, each used once. */
  async pair(count = 1, options: Listen = {}): Promise<{ client: Host; server: Host; service: Listener; flows: Flow[]; flow: Flow }> {
    const { client, server } = await this.hosts(['client', 'server']);
    return { client, server, ...(await this.connected(client, server, count, options)) };
  }

  async connected(client: Host, server: Host, count: number, options: Listen = {}) {
    const service = await server.listen(options);
    const flows: Flow[] = [];
    for (let index = 0; index < count; index++) flows.push(await client.connect(service));
    await client.send(flows);
    await delay(50);
    const [flow] = flows;
    if (flow === undefined) throw new Error('no connection was asked for');
    return { service, flows, flow };
  }

  /** Does something and writes it down; the diary's entry. */
  async does(what: string, flows: readonly FourTuple[], act: () => Promise<unknown>): Promise<Deed> {
    const fromNs = nowNs();
    await act();
    const deed = { what, fromNs, toNs: nowNs(), flows: flows.map(tupleOf) };
    this.#deeds.push(deed);
    return deed;
  }

  /** Lets the scenario's time pass: how long is part of what it is. */
  passes = (ms: number): Promise<void> => delay(ms);

  #truth({ name, what, symptom }: Scenario, rest: { beganNs: number; endedNs: number; due: Due | null }): Truth {
    return { name, what, symptom, kernel: release(), ...rest, hosts: this.#hosts, deeds: this.#deeds };
  }
}

/** What must be found: `suspectedMs` and `firmMs` after the deed. */
export function due(
  deed: Deed,
  { suspectedMs = null, firmMs = null, evidence, at = ['client'] }: Partial<Omit<Due, 'causeNs'>> & Pick<Due, 'evidence'>,
): Due {
  return { causeNs: deed.fromNs, suspectedMs, firmMs, evidence, at };
}
