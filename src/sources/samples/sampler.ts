import { SynopticError } from '../../core/model/errors.ts';
import type { CountersInput, Input, SampleInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { ByCommand } from './by-command.ts';
import { Lookout } from './lookout.ts';
import { lastPid, listNetNamespaces, type NetNamespace } from './netns.ts';
import { Newcomers } from './newcomers.ts';
import { Repeats } from './repeats.ts';
import { Rounds } from './rounds.ts';
import { sampleSockets } from './ss.ts';

export interface SamplerOptions {
  emit(input: Input): void;
  warn(message: string): void;
  /** Whether the hooks tell namespaces. Where not, only our own is sampled, under no name: else one socket would be two. */
  readonly namespaces: boolean;
}

/** Between looks, ms. */
const LOOK_MS = 500;
/** Namespaces are looked for, and those that are gone told, every so often, ns. */
const LIST_NS = 5e9;
/**
 * Looking for namespaces is done with each turn before which a process has begun, while it takes less, ns: 4 µs a process; and else at once
 * where one is heard of, for a fiftieth of the time.
 */
const CHEAP_NS = 5e6;
const SCAN_SHARE = 50;
const SCANS = 4;
/** Sockets are listed anew at most this often; and never for more than a hundredth of the time, for a listing of 60,000 takes 0.3 s. */
const SOCKETS_MS = 5000;
const SOCKETS_SHARE = 100;

/**
 * Samples what hooks cannot say: sockets that were there before us or whose events were lost (`ss`), and the kernel's own statistics
 * (/proc/net), which witness for or against us.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #stop = new AbortController();
  #namespaces: readonly NetNamespace[] = [];
  /** Whether that is every namespace there is. */
  #whole = false;
  /** Whether it was, but for what cannot have one of its own. */
  #seen = false;
  /** Which there are is to be told with the next counters of our own. */
  #untold = true;
  /** Those that came to be between two whole lists, until their counters are told. */
  readonly #fresh = new Set<number>();
  /** How long looking for namespaces took, the latest few times: the least is what it costs. */
  #scansNs: readonly number[] = [];
  /** When they were looked for last. */
  #scannedNs = Number.NEGATIVE_INFINITY;
  readonly #newcomers = new Newcomers();
  /** Something happened in one that is not known. */
  #unlisted = false;
  #listedNs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #pending: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  /** The look under way. */
  #looking: Promise<void> | null = null;
  /** How long the last listing took. */
  #listingMs = 0;
  readonly #warned = new Set<string>();
  /** The names of namespaces that were told last. */
  #names = '[]';
  #opening: Promise<Lookout | string> | undefined;
  #lookout: Lookout | null = null;
  readonly #rounds = new Rounds();
  /** So much happens that not all of it is told. */
  #storm = false;
  readonly #repeats = new Repeats();
  /** Namespaces that the thread may not enter. */
  readonly #refused = new Set<number>();
  readonly #byCommand: ByCommand;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#byCommand = new ByCommand((sample) => this.#sample(sample), { signal: this.#stop.signal });
  }

  /** Starts the thread that looks; it takes a third of a second, in which whoever calls may wait for something else. */
  prepare(): Promise<Lookout | string> {
    this.#opening ??= Lookout.open();
    return this.#opening;
  }

  /** Lists the sockets of every namespace, for the first time. */
  async seed(): Promise<void> {
    const lookout = await this.prepare();
    if (typeof lookout === 'string') this.#options.warn(`queues are read by ss, and seldom: ${lookout}`);
    else this.#lookout = lookout;
    await this.#listNamespaces();
    await this.#sockets();
    await this.#look();
  }

  /** Samples the statistics from now on. */
  start(): void {
    const turn = (): void => {
      // A slow look delays the next, they do not pile up.
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null;
      });
    };
    this.#timer = setInterval(turn, LOOK_MS);
  }

  /** Lists all sockets again soon: something was lost. */
  resample(): void {
    if (this.#stop.signal.aborted) return;
    this.#pending ??= setTimeout(
      () => {
        this.#pending = undefined;
        this.#work = this.#work.then(() => this.#sockets());
      },
      Math.max(SOCKETS_MS, this.#listingMs * SOCKETS_SHARE),
    );
  }

  /** Something happened in a namespace at `ns`; `attention`: something waits, or was refused, and queues are looked at with the next turn. */
  stirred(netns: number | null, ns: number, attention: boolean): void {
    const where = netns ?? (this.#options.namespaces ? null : this.#namespaces[0]?.netns);
    if (where !== null && where !== undefined) this.#unlisted ||= !this.#rounds.stirred(where, ns, attention);
    if (attention) this.#byCommand.attend();
  }

  /** One socket in `share` is told. Where not all are no listing begins, and the thread that looks does so less. */
  told(share: number): void {
    this.#storm = share > 1;
    if (!this.#storm) return;
    clearTimeout(this.#pending);
    this.#pending = undefined;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#pending);
    // First, so that a look under way ends too; also one that nobody has asked to look yet.
    const lookout = this.#lookout ?? (await this.#opening);
    if (typeof lookout === 'object') await lookout[Symbol.asyncDispose]();
    await Promise.all([this.#looking, this.#work]);
  }

  async #look(): Promise<void> {
    const old = nowNs() - this.#listedNs >= LIST_NS * 0.9;
    if (old) this.#listedNs = nowNs();
    this.#untold ||= old;
    const costNs = Math.min(...this.#scansNs);
    const passedNs = nowNs() - this.#scannedNs;
    // An existing process that leaves for a new namespace is found with the next whole list, or once something happens there.
    const cheap = costNs < CHEAP_NS && this.#newcomers.mayHaveCome(lastPid());
    if (old || cheap || (this.#unlisted && passedNs > costNs * SCAN_SHARE)) await this.#listNamespaces();
    await this.#goRound();
    const others = this.#lookout === null ? this.#namespaces : this.#namespaces.filter(({ netns }) => this.#refused.has(netns));
    await this.#byCommand.look(others, (counters) => this.#completed(counters));
  }

  /** Looks at the namespaces whose turn it is, by the thread that goes there. */
  async #goRound(): Promise<void> {
    const lookout = this.#lookout;
    if (lookout === null) return;
    const visits = this.#rounds.due(
      nowNs(),
      this.#namespaces.filter(({ netns }) => !this.#refused.has(netns)),
      this.#storm,
    );
    const visited = visits.length === 0 ? [] : await lookout.look(visits);
    if (visited === null) {
      this.#lookout = null;
      if (!this.#stop.signal.aborted) this.#warnOnce(`queues are read by ss from now on, and seldom: ${lookout.down}`);
      return;
    }
    for (const [at, one] of visited.entries()) {
      this.#rounds.took(one, visits[at]?.settings === true, nowNs());
      if (one.fault !== null) this.#refuse(one.netns, one.fault);
      // The process by which it was found has ended; another may still be in it.
      else if (one.inputs.length === 0) this.#unlisted = true;
      for (const input of one.inputs) {
        const told = input.type === 'counters' ? this.#completed(input) : input;
        if (!this.#repeats.isOne(told)) this.#emit(told);
      }
    }
  }

  #refuse(netns: number, fault: string): void {
    this.#refused.add(netns);
    // What a command may not either says so itself.
    if (!fault.startsWith('setns')) this.#warnOnce(`queues are read by ss, and seldom: ${fault}`);
  }

  /** Counters with what is known of namespaces. */
  #completed(counters: CountersInput): CountersInput {
    const { netns } = counters;
    const fresh = netns !== null && this.#fresh.delete(netns);
    if (this.#namespaces[0]?.netns !== netns || !this.#untold || !this.#whole) return fresh ? { ...counters, fresh } : counters;
    this.#untold = false;
    return { ...counters, alive: this.#namespaces.map((namespace) => namespace.netns) };
  }

  async #listNamespaces(): Promise<void> {
    const beganNs = nowNs();
    const { namespaces, leftOut, hidden } = await listNetNamespaces();
    this.#scannedNs = nowNs();
    this.#scansNs = [...this.#scansNs.slice(1 - SCANS), this.#scannedNs - beganNs];
    this.#unlisted = false;
    const before = new Set(this.#namespaces.map(({ netns }) => netns));
    this.#namespaces = this.#options.namespaces ? namespaces : namespaces.filter(({ own }) => own);
    this.#nameAll();
    this.#whole = this.#options.namespaces && leftOut === 0 && hidden === 0;
    const those = new Set(this.#namespaces.map(({ netns }) => netns));
    // Root is refused only by a security module: for single processes, in no namespace of their own.
    const seen = this.#options.namespaces && leftOut === 0 && (hidden === 0 || process.getuid?.() === 0);
    for (const netns of those) if (this.#seen && seen && !before.has(netns)) this.#fresh.add(netns);
    this.#seen = seen;
    for (const netns of this.#fresh) if (!those.has(netns)) this.#fresh.delete(netns);
    this.#repeats.keepNamespaces(those);
    for (const netns of this.#refused) if (!those.has(netns)) this.#refused.delete(netns);
    if (leftOut > 0) this.#warnOnce(`${leftOut} network namespaces beyond the first ${namespaces.length} are not sampled`);
    if (hidden > 0 && process.getuid?.() !== 0) this.#warnOnce('without root the network namespaces of other users cannot be sampled');
  }

  #nameAll(): void {
    if (!this.#options.namespaces) return;
    const names = this.#namespaces.flatMap(({ netns, names: [name] }) => (name === undefined ? [] : [{ netns, name }]));
    const text = JSON.stringify(names);
    if (text === this.#names || this.#stop.signal.aborted) return;
    this.#names = text;
    this.#options.emit({ type: 'namespaces', atNs: nowNs(), names });
  }

  async #sockets(): Promise<void> {
    const beganNs = nowNs();
    for (const namespace of this.#namespaces) await this.#sample(() => sampleSockets(namespace, { signal: this.#stop.signal }));
    this.#listingMs = (nowNs() - beganNs) / 1e6;
  }

  /** A namespace that cannot be sampled costs that sample only, and is told once. */
  async #sample(take: () => Promise<SampleInput | null>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      const input = await take();
      if (input !== null) this.#emit(input);
    } catch (error) {
      if (!(error instanceof SynopticError)) throw error;
      if (!this.#stop.signal.aborted) this.#warnOnce(error.message);
    }
  }

  #emit(input: SampleInput): void {
    if (!this.#stop.signal.aborted) this.#options.emit(this.#options.namespaces ? input : { ...input, netns: null });
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.warn(message);
    this.#options.emit({ type: 'unsampled', atNs: nowNs(), why: message });
  }
}
