import { type AccountCheck, streamedShare, sumOf } from './account.ts';
import type { Benchmark, Context, Figure, Report } from './benchmark.ts';
import type { Bpftrace } from './bpftraces.ts';
import { type Load, StormNamespace } from './load.ts';
import { type ObservedLoad, observedLoad } from './observed-load.ts';
import { Observer } from './observer.ts';
import { Peer, TCPSTATES } from './peer.ts';
import { Root } from './roots.ts';
import { settle } from './settle.ts';

const SECONDS = { full: 10, quick: 2 };
const TARGET = { newest: 0.9, perfBuffer: 0.85 };

/** Reach 1: what watching costs those who are watched, when they can do no more; and whether anything is unaccounted for. */
export const flatOut: Benchmark = {
  name: 'storm',
  about: 'reach 1: a flat-out storm, connections/s with an observer ÷ without, and the account of every transition',
  each: true,
  run: async (context) => new FlatOut(context).run(),
};

/** One way of being watched. */
interface Watch {
  readonly name: string;
  readonly ratios: number[];
  run(load: Load): Promise<number>;
}

class FlatOut {
  readonly #context: Context;
  readonly #load: Load;
  readonly #alone: number[] = [];
  readonly #notes: string[] = [];
  readonly #observed = new Map<Bpftrace, ObservedLoad[]>();
  /** Of what happened, percent that the peer printed. */
  readonly #peerTold: number[] = [];
  readonly #peerRatios: number[] = [];

  constructor(context: Context) {
    this.#context = context;
    this.#load = { rate: 0, seconds: SECONDS[context.quick ? 'quick' : 'full'] };
  }

  async run(): Promise<Report> {
    const { rounds, say, bpftraces } = this.#context;
    const watches: Watch[] = bpftraces.map((one) => ({
      name: `Synoptic, bpftrace ${one.version}`,
      ratios: [],
      run: (load) => this.#watched(one, load),
    }));
    const peers: Watch[] = Root.exists('trixie')
      ? [{ name: 'tcpstates-libbpf', ratios: this.#peerRatios, run: (load) => this.#beside(load) }]
      : [];
    for (let round = 1; round <= rounds; round++) {
      let before = await this.#without();
      for (const watch of [...watches, ...peers]) {
        say(`round ${round} of ${rounds}: ${watch.name}`);
        await this.#settle();
        const perSecond = await watch.run(this.#load);
        const after = await this.#without();
        // Against both neighbours: the machine itself is not the same from minute to minute.
        watch.ratios.push(perSecond / ((before + after) / 2));
        before = after;
      }
    }
    return this.#report(watches);
  }

  #report(watches: readonly Watch[]): Report {
    const { bpftraces } = this.#context;
    const figures: Figure[] = [{ name: 'alone', unit: 'conn/s', values: this.#alone }];
    for (const [index, one] of bpftraces.entries()) figures.push(ratioOf(one, watches[index]?.ratios ?? []));
    const why = 'no root of trixie: --bpftrace trixie makes one';
    figures.push({ name: 'ratio with tcpstates-libbpf', unit: '', values: this.#peerRatios, why });
    const newest = watches[bpftraces.findIndex((one) => one.newest)]?.ratios ?? [];
    const better = this.#peerRatios.map((peer, round) => (newest[round] ?? Number.NaN) / peer);
    figures.push({ name: 'newest ÷ tcpstates-libbpf', unit: '', values: better, why, target: { atLeast: 1 }, judged: 'median' });
    for (const one of bpftraces) {
      const observed = this.#observed.get(one) ?? [];
      const told = observed.map((run) => 100 * streamedShare(run.account));
      figures.push({ name: `told one by one, bpftrace ${one.version}`, unit: '%', values: told });
    }
    figures.push({ name: 'told one by one, tcpstates-libbpf', unit: '%', values: this.#peerTold, why });
    for (const one of bpftraces) {
      const lost = (this.#observed.get(one) ?? []).map((run) => run.lost);
      figures.push({ name: `lost, bpftrace ${one.version}`, unit: 'records', values: lost, target: { atMost: 0 }, judged: 'max' });
    }
    return { figures, accounts: bpftraces.map((one) => this.#account(one)), notes: this.#notes };
  }

  #account(one: Bpftrace): AccountCheck {
    const accounts = (this.#observed.get(one) ?? []).map((run) => run.account);
    return sumOf(`bpftrace ${one.version}`, accounts);
  }

  async #without(): Promise<number> {
    await this.#settle();
    await using namespace = new StormNamespace();
    const { perSecond } = await namespace.run(this.#load, this.#context.signal);
    this.#alone.push(perSecond);
    return perSecond;
  }

  async #watched(bpftrace: Bpftrace, load: Load): Promise<number> {
    const { signal } = this.#context;
    await using observer = await Observer.start({ bpftrace, signal });
    await observer.rested(signal);
    await this.#settle();
    const run = await observedLoad(observer, load, bpftrace.version, signal);
    this.#observed.set(bpftrace, [...(this.#observed.get(bpftrace) ?? []), run]);
    return run.perSecond;
  }

  async #beside(load: Load): Promise<number> {
    const { signal } = this.#context;
    await using root = await Root.open('trixie', this.#context);
    await using peer = await Peer.start(['chroot', root.folder, ...TCPSTATES], signal);
    await using namespace = new StormNamespace();
    const { perSecond, connections } = await namespace.run(load, signal);
    const { lines } = await peer.stop();
    this.#peerTold.push((100 * lines) / (10 * connections));
    return perSecond;
  }

  async #settle(): Promise<void> {
    const busy = await settle(this.#context);
    if (busy !== null) this.#notes.push(`the machine was still ${Math.round(busy * 100)} % busy before a storm`);
  }
}

function ratioOf(one: Bpftrace, values: readonly number[]): Figure {
  const name = `ratio with Synoptic, bpftrace ${one.version}`;
  if (one.newest) return { name, unit: '', values, target: { atLeast: TARGET.newest } };
  return one.perfBuffer ? { name, unit: '', values, target: { atLeast: TARGET.perfBuffer } } : { name, unit: '', values };
}
