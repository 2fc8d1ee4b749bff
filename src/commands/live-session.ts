import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import type { Hook } from '../core/model/hook.ts';
import type { DialledInput, Input, ProbeInput, StartInput } from '../core/model/input.ts';
import { TURN_MS } from '../core/model/reading.ts';
import { Pipeline } from '../core/pipeline.ts';
import { Attribution } from '../sources/attribution/attribution.ts';
import { Canary } from '../sources/bpftrace/canary.ts';
import { compose } from '../sources/bpftrace/compose.ts';
import { NO_RINGS } from '../sources/bpftrace/rings.ts';
import type { Script } from '../sources/bpftrace/scripts.ts';
import { Supervisor } from '../sources/bpftrace/supervisor.ts';
import { trial } from '../sources/bpftrace/trial.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { type Machine, readMachine } from '../sources/machine/machine.ts';
import { auditNetstack } from '../sources/machine/netstack.ts';
import { obstaclesOf } from '../sources/machine/obstacles.ts';
import { Meter } from '../sources/meter/meter.ts';
import { Sampler } from '../sources/samples/sampler.ts';
import { Apart } from './apart.ts';
import { Behind } from './behind.ts';
import { chooseHooks, fieldsOf, versionOf } from './hooks.ts';
import { capabilitiesFor, pagesFor, parametersFor, ringsOn, startOf, typesOnce } from './kernel-side.ts';
import { PipelineView } from './observation.ts';
import { OwnerLooks } from './owner-looks.ts';
import { callFor } from './sampling-calls.ts';

export interface LiveOptions {
  readonly config: Config;
  /** Words for people, on stderr or in the log. */
  warn(message: string): void;
  /** What followed from one input; the view contains it already. */
  onEvents(events: readonly Event[]): void;
  /** Every input, in order: what a recording is made of. */
  onInput?(input: Input): void;
  /** Observing has ended for good. */
  onEnd(reason: string): void;
  /** Whether whoever opens it has changed their mind: then {@link LiveSession.open} comes back at once, not yet observing. */
  stopping?(): boolean;
}

/** How long time may pass without an input, ms: what expires does so this much late at most. What is held back has ticks of its own. */
const TICK_MS = 250;
/** Between canaries: until the first is seen, then, and where one is to be seen again. */
const CANARY_MS = { eager: 25, steady: 10_000, again: 100 };

/**
 * One observation of this machine: bpftrace, canaries, samples and time flow into one pipeline. Only this file knows where Inputs
 * come from.
 */
export class LiveSession implements AsyncDisposable {
  readonly view: PipelineView;
  readonly #options: LiveOptions;
  readonly #pipeline: Pipeline;
  readonly #start: StartInput;
  readonly #canary: Canary;
  readonly #supervisor: Supervisor;
  readonly #sampler: Sampler;
  readonly #meter: Meter;
  readonly #looks: OwnerLooks;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #apart = new Apart();
  readonly #behind = new Behind();
  /** When what waits now will have been held long enough. */
  #release: NodeJS.Timeout | undefined;
  #regaining: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    options: LiveOptions,
    parts: { machine: Machine; start: StartInput; canary: Canary; hooks: readonly Hook[]; program: string },
  ) {
    const { machine, start, canary, hooks, program } = parts;
    const { config } = options;
    this.#options = options;
    this.#start = start;
    this.#canary = canary;
    this.#pipeline = new Pipeline(start, { maxSockets: config.maxSockets, thresholds: config.detect });
    const namespaces = hooks.every(({ script }) => script !== 'sock-state-lean');
    this.#sampler = new Sampler({ namespaces, emit: (input) => this.#accept(input), warn: options.warn });
    this.#supervisor = new Supervisor({
      command: config.bpftrace.command,
      capabilities: capabilitiesFor(machine, config),
      program,
      bufferPages: pagesFor(machine, config),
      startTimeoutMs: config.bpftrace.startTimeoutMs,
      version: machine.tools.bpftrace.value?.version ?? '',
      hooks,
      emit: (input) => this.#accept(input),
      warn: options.warn,
      onEnd: (reason) => {
        this.view.end(reason);
        options.onEnd(reason);
      },
    });
    this.#meter = new Meter({
      now: nowNs,
      bpftrace: {
        pid: () => this.#supervisor.pid,
        output: () => ({ lines: this.#pipeline.lines, bytes: this.#supervisor.bytes }),
      },
    });
    const attribution = new Attribution({ now: nowNs });
    this.#looks = new OwnerLooks({ book: this.#pipeline.owners, attribution, emit: (input) => this.#accept(input) });
    this.view = new PipelineView({
      start,
      pipeline: this.#pipeline,
      meter: this.#meter,
      mode: 'live',
      maxSockets: config.maxSockets,
      looks: start.owners === true ? attribution.looks : null,
      netstack: async () => auditNetstack(),
    });
  }

  /**
   * Starts observing and comes back once a canary was seen coming through the kernel and the sockets that were there before are known.
   *
   * @throws SynopticError BPFTRACE_MISSING, BPFTRACE_TOO_OLD, NOT_PRIVILEGED, TRACEFS_MISSING, NO_STATE_HOOK, BPFTRACE_REFUSED
   */
  static async open(options: LiveOptions): Promise<LiveSession> {
    const { command } = options.config.bpftrace;
    const machine = await readMachine({ bpftrace: command });
    const capabilities = capabilitiesFor(machine, options.config);
    const refused = new Map<string, string>();
    let held = true;
    const canary = await Canary.open();
    const start = startOf(machine, canary.port);
    const types = typesOnce(options.warn);
    for (;;) {
      const choices = await chooseHooks(machine, command, refused);
      const hooks = choices.map(({ hook }) => hook);
      const [obstacle] = obstaclesOf(machine, hooks);
      if (obstacle !== undefined) {
        await canary[Symbol.asyncDispose]();
        throw new SynopticError(obstacle.code, obstacle.message, { mend: obstacle.mend });
      }
      const scripts = choices.flatMap(({ script }) => (script === null ? [] : [script]));
      const parameters = parametersFor(machine, start, options.config);
      const fields = (tracepoint: string) => fieldsOf(machine, tracepoint);
      const adapted = { fields, version: versionOf(machine), types };
      const rings = held ? ringsOn(machine, scripts) : NO_RINGS;
      const composed = (some: readonly Script[], those = rings) =>
        compose({ scripts: some, parameters: { ...parameters, ...those }, ...adapted });
      const session = new LiveSession(options, { machine, start, canary, hooks, program: composed(scripts) });
      const fault = await session.#begin();
      if (fault === null) return session;
      await session.#stop();
      // One script that fails takes the whole program with it: find it, and do without it.
      const before = refused.size;
      const bufferPages = pagesFor(machine, options.config);
      const { startTimeoutMs: timeoutMs } = options.config.bpftrace;
      const tried = (program: string) => trial({ command, capabilities, program, bufferPages, timeoutMs });
      let unheld: string | null = null;
      for (const script of scripts) {
        const why = await tried(composed([script]));
        if (why === null) continue;
        // Rather nothing held than a fact that is not seen, or seen by less.
        if (rings !== NO_RINGS && (await tried(composed([script], NO_RINGS))) === null) {
          unheld = why;
          break;
        }
        refused.set(script.name, why);
      }
      if (unheld !== null) {
        held = false;
        options.warn(`transitions cannot wait in the kernel here, each is printed at once: ${unheld}`);
        continue;
      }
      // Where none of them can, it is not the scripts.
      if (refused.size === before || scripts.every(({ name }) => refused.has(name))) {
        await canary[Symbol.asyncDispose]();
        throw new SynopticError('BPFTRACE_REFUSED', `bpftrace does not observe: ${fault}`, {
          mend: 'synoptic doctor says what this machine allows; bpftrace -v bpf/sock-state.bt says what bpftrace thinks',
        });
      }
      for (const [name, why] of refused) options.warn(`bpf/${name}.bt cannot attach here and is left out: ${why}`);
    }
  }

  /** What our own probes did. */
  take(input: ProbeInput | DialledInput): void {
    if (!this.#closed) this.#accept(input);
  }

  /** For those who record what it knows; only inputs change it. */
  get pipeline(): Pipeline {
    return this.#pipeline;
  }

  /** Ends in order: bpftrace prints its last counters, what is held back comes out. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.#canary[Symbol.asyncDispose]();
  }

  /** Null once observing, else why it came to nothing. */
  async #begin(): Promise<string | null> {
    this.#options.onInput?.(this.#start);
    this.#supervisor.start();
    // While bpftrace compiles.
    void this.#sampler.prepare();
    this.#every(TICK_MS, () => this.#tick());
    // One that fails ends, and is not waited for.
    const { startTimeoutMs } = this.#options.config.bpftrace;
    const until = nowNs() + startTimeoutMs * 1e6;
    while (this.#pipeline.state.phase !== 'observing') {
      if (this.#options.stopping?.() === true) return null;
      if (nowNs() > until) return `no connection of our own was seen within ${startTimeoutMs / 1000} s`;
      if (this.#pipeline.state.downs > 0) return this.#pipeline.state.reason ?? 'it ended at once';
      await this.#flyCanary();
      await delay(CANARY_MS.eager);
    }
    await this.#sampler.seed();
    this.#sampler.start();
    this.#every(CANARY_MS.steady, () => void this.#flyCanary());
    return null;
  }

  /** After a restart the next canary must not wait for its turn: every moment until it is seen counts as blind. */
  #regain(): void {
    if (this.#regaining !== undefined || this.#closed || this.#pipeline.state.phase !== 'blind') return;
    this.#regaining = setTimeout(() => {
      this.#regaining = undefined;
      void this.#flyCanary();
      this.#regain();
    }, CANARY_MS.again);
  }

  async #flyCanary(word: { behind?: boolean } = {}): Promise<void> {
    const input = await this.#canary.fly(word);
    if (input !== null && !this.#closed) this.#accept(input);
  }

  #accept(input: Input): void {
    this.#options.onInput?.(input);
    if (input.type === 'counters' && this.#apart.callsForListing(this.#pipeline, input.netns, nowNs())) this.#sampler.resample();
    const events = this.#pipeline.accept(input);
    this.#looks.attend();
    if (input.type === 'kernel' && this.#isFollowing && this.#behind.heard(this.#pipeline.state, input.atNs)) this.#sayBehind();
    this.#tickWhenDue();
    if (input.type === 'kernel-down' || input.type === 'tick') this.#regain();
    if (events.length === 0) return;
    this.view.accept(events);
    this.#options.onEvents(events);
    const lost = callFor(events, {
      stirred: (netns, ns, attention) => this.#sampler.stirred(netns, ns, attention),
      gap: (event) => {
        if (this.#isFollowing && this.#behind.told(event, this.#pipeline.state, input.atNs)) this.#sayBehind();
      },
    });
    const { share } = this.#pipeline.state;
    this.#sampler.told(share);
    if (lost && share === 1) this.#sampler.resample();
  }

  /** Whether it matters that what is told comes late: not while starting up, and without a budget nobody would heed the word. */
  get #isFollowing(): boolean {
    return this.#pipeline.state.phase === 'observing' && !this.#closed && this.#options.config.bpftrace.budget !== 0;
  }

  /** Tells the kernel side that it tells too much. */
  #sayBehind(): void {
    void this.#flyCanary({ behind: true });
  }

  /** Inputs let out what has waited long enough: only where none comes a tick must. Timers may be a millisecond early. */
  #tickWhenDue(): void {
    const { records, dueNs } = this.#pipeline.waiting;
    if (records === 0 || this.#closed) return;
    const dueMs = dueNs === null ? 0 : Math.ceil((dueNs - nowNs()) / 1e6) + 1;
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.#tick(), dueMs > 0 ? dueMs : TURN_MS);
  }

  /** Time goes on: what was held back long enough comes out. */
  #tick(): void {
    clearTimeout(this.#release);
    this.#release = undefined;
    this.#accept({ type: 'tick', atNs: nowNs(), wallUs: nowWallUs() });
  }

  #every(ms: number, task: () => void): void {
    this.#timers.push(setInterval(task, ms));
  }

  async #stop(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#release);
    clearTimeout(this.#regaining);
    this.#meter[Symbol.dispose]();
    this.#looks[Symbol.dispose]();
    await this.#sampler.stop();
    await this.#supervisor.close();
  }
}
