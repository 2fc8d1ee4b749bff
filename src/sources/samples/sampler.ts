import { SynopticError } from '../../core/model/errors.ts';
import type { Input, SampleInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { sampleCounters } from './counters.ts';
import { listNetNamespaces, type NetNamespace } from './netns.ts';
import { QueueWatch } from './queue-watch.ts';
import { sampleSockets } from './ss.ts';
import { SysctlWatch } from './sysctl-watch.ts';

export interface SamplerOptions {
  emit(input: Input): void;
  warn(message: string): void;
  /** Whether the hooks tell namespaces. Where not, only our own is sampled, under no name: else one socket would be two. */
  readonly namespaces: boolean;
}

const COUNTERS_MS = 1000;
/** Namespaces are looked for, and those beside our own sampled, every so many turns. */
const NAMESPACES_TURNS = 5;
/** Looking for namespaces is done each turn while it takes less, ms: 4 µs a process. */
const CHEAP_MS = 10;
/** But for so many of those whose files a process of theirs opens for us: 0.2 ms each. */
const READABLE = 8;
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
  /** How long looking for namespaces took last. */
  #scanMs = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #pending: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  /** How long the last listing took. */
  #listingMs = 0;
  readonly #warned = new Set<string>();
  readonly #queues = new QueueWatch();
  readonly #sysctls = new SysctlWatch();
  /** The names of namespaces that were told last. */
  #names = '[]';

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** Lists the sockets of every namespace, for the first time. */
  async seed(): Promise<void> {
    await this.#listNamespaces();
    await this.#sockets();
    await this.#settings();
    await this.#counters(this.#namespaces);
    await this.#waiting(this.#namespaces);
  }

  /** Samples the statistics from now on. */
  start(): void {
    this.#timer = setInterval(() => this.#enqueue(() => this.#look()), COUNTERS_MS);
  }

  /** Lists all sockets again soon: something was lost. */
  resample(): void {
    if (this.#stop.signal.aborted) return;
    this.#pending ??= setTimeout(
      () => {
        this.#pending = undefined;
        this.#enqueue(() => this.#sockets());
      },
      Math.max(SOCKETS_MS, this.#listingMs * SOCKETS_SHARE),
    );
  }

  /** Something waits, or was refused: queues are looked at with the next turn. */
  attend(): void {
    this.#queues.attend();
  }

  /** No listing now: what was asked for and has not begun is forgotten. */
  forgo(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#pending);
    await this.#work;
  }

  async #look(): Promise<void> {
    const all = this.#turn++ % NAMESPACES_TURNS === 0;
    // A process that is new in a namespace opens its files for us: where looking is cheap it is done each time.
    if (all || this.#scanMs < CHEAP_MS) await this.#listNamespaces();
    if (all) await this.#settings();
    const near = this.#namespaces.filter(({ own, pid }) => own || pid !== null).slice(0, READABLE + 1);
    await this.#counters(all ? this.#namespaces : near);
    const due = this.#queues.due(nowNs(), this.#namespaces);
    if (due.length > 0) await this.#waiting(due);
  }

  async #settings(): Promise<void> {
    for (const namespace of this.#sysctls.due(this.#namespaces)) {
      await this.#sample(() => this.#sysctls.look(namespace, { signal: this.#stop.signal }));
    }
  }

  async #waiting(namespaces: readonly NetNamespace[]): Promise<void> {
    const beganNs = nowNs();
    for (const namespace of namespaces) {
      await this.#sample(() => this.#queues.look(namespace, { signal: this.#stop.signal }));
    }
    this.#queues.took(beganNs, nowNs(), namespaces.length, namespaces === this.#namespaces);
  }

  async #listNamespaces(): Promise<void> {
    const beganNs = nowNs();
    const { namespaces, leftOut, hidden } = await listNetNamespaces();
    this.#scanMs = (nowNs() - beganNs) / 1e6;
    this.#namespaces = this.#options.namespaces ? namespaces : namespaces.filter(({ own }) => own);
    this.#nameAll();
    this.#whole = this.#options.namespaces && leftOut === 0 && hidden === 0;
    if (leftOut > 0) this.#warnOnce(`${leftOut} network namespaces beyond the first ${namespaces.length} are not sampled`);
    // Root is refused only by a security module: for single processes, in no namespace of their own.
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

  async #counters(namespaces: readonly NetNamespace[]): Promise<void> {
    const alive = this.#whole && namespaces.length === this.#namespaces.length ? this.#namespaces.map(({ netns }) => netns) : null;
    for (const namespace of namespaces) {
      await this.#sample(async () => {
        const counters = await sampleCounters(namespace, { signal: this.#stop.signal });
        if (counters === null) return null;
        this.#queues.counted(counters);
        return { ...counters, alive: namespace.own ? alive : null };
      });
    }
  }

  /** A namespace that cannot be sampled costs that sample only, and is told once. */
  async #sample(take: () => Promise<SampleInput | null>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      const input = await take();
      if (input === null || this.#stop.signal.aborted) return;
      this.#options.emit(this.#options.namespaces ? input : { ...input, netns: null });
    } catch (error) {
      if (!(error instanceof SynopticError)) throw error;
      if (!this.#stop.signal.aborted) this.#warnOnce(error.message);
    }
  }

  /** One sample at a time: a slow one delays the next, it does not pile up. */
  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work.then(task);
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.warn(message);
    this.#options.emit({ type: 'unsampled', atNs: nowNs(), why: message });
  }
}
