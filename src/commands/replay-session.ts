import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import type { StartInput } from '../core/model/input.ts';
import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { ReplayState, ReplayView, Speed, Steer } from '../formats/replay.ts';
import type { SocketLife } from '../formats/socket-life.ts';
import type { Status, TimeWaitView } from '../formats/status.ts';
import { rfc3339 } from '../formats/utc.ts';
import type { Findings, Listing, Observation } from '../sinks/observation.ts';
import type { Steering } from '../sinks/steering.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { Meter } from '../sources/meter/meter.ts';
import { type Capture, openCapture } from '../sources/replay/capture-file.ts';
import type { Round } from './advance.ts';
import { PipelineView } from './observation.ts';
import { Passage } from './passage.ts';
import { Playback } from './playback.ts';
import { positionMs } from './replay-marks.ts';
import { NOTHING, Survey } from './survey.ts';

export interface ReplayOptions {
  readonly file: string;
  /** `demo`: over and over, as if it happened now, and steered by nobody. */
  readonly mode: 'demo' | 'replay';
  readonly speed: Speed;
  onEvents(events: readonly Event[]): void;
  /** The picture is another one. */
  onRestart(): void;
  /** Where it stands, or what is known of it, has changed. */
  onChange(): void;
  /** The capture ends here, or cannot be read further. */
  onEnd(fault: unknown): void;
}

/** A capture that plays through a pipeline of its own, seen like a live observation. */
export class ReplaySession implements AsyncDisposable {
  readonly capture: Capture;
  readonly #options: ReplayOptions;
  readonly #start: StartInput;
  /** No bpftrace runs: only what the replay itself costs is known. */
  readonly #meter = new Meter({ now: nowNs, bpftrace: null });
  readonly #playback: Playback;
  #survey: Survey | null = null;
  #played: Promise<void> = Promise.resolve();
  /** Lives through all rounds; each round is a run of its own, with `seq` from 1. */
  readonly view: Observation = {
    status: (): Status => ({ ...this.#view.status(), replay: this.#options.mode === 'replay' ? this.#state() : null }),
    lastSeq: (): number => this.#view.lastSeq(),
    connections: (filter: Filter, limit: number, after: number): Promise<Listing> => this.#view.connections(filter, limit, after),
    life: (sock: number): Promise<SocketLife> => this.#view.life(sock),
    findings: (): Findings => this.#view.findings(),
    timeWait: (): Promise<TimeWaitView> => this.#view.timeWait(),
    netstack: (): Promise<NetstackView> => this.#view.netstack(),
  };
  readonly steering: Steering = {
    steer: (wish: Steer): ReplayState => {
      this.#playback.steer(wish);
      return this.#state();
    },
    view: (): ReplayView => this.#replayView(),
    recent: (): readonly Event[] => this.#playback.round.passage.recent,
  };

  private constructor(options: ReplayOptions, capture: Capture, start: StartInput) {
    this.#options = options;
    this.capture = capture;
    this.#start = start;
    const { mode, speed, onEvents, onRestart, onChange, onEnd } = options;
    this.#playback = new Playback({
      ...{ speed, loop: mode === 'demo', now: nowNs, onEvents, onRestart, onChange, onEnd },
      begin: () => this.#begin(),
      openingAfter: (ns) => this.#survey?.openingAfter(ns),
    });
  }

  /** Opens it; {@link begin} plays it. @throws SynopticError what {@link openCapture} throws. */
  static async open(options: ReplayOptions): Promise<ReplaySession> {
    const capture = await openCapture(options.file);
    return new ReplaySession(options, capture, await startOf(capture));
  }

  begin(): void {
    const { mode, file, onChange } = this.#options;
    if (mode === 'replay') this.#survey = new Survey({ file, start: this.#start }, onChange);
    this.#played = this.#playback.run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#playback.stop();
    await this.#survey?.[Symbol.asyncDispose]();
    await this.#played;
    this.#meter[Symbol.dispose]();
  }

  get #view(): PipelineView {
    return this.#playback.round.view;
  }

  #begin(): Round {
    const { mode } = this.#options;
    const { capture } = this;
    const shiftUs = mode === 'demo' ? nowWallUs() - this.#start.wallUs : 0;
    const start = { ...this.#start, wallUs: this.#start.wallUs + shiftUs };
    const passage = new Passage({ capture, start: this.#start, shiftUs });
    const { maxSockets, sysctls } = capture.header;
    const { pipeline } = passage;
    const view = new PipelineView({ start, pipeline, meter: this.#meter, mode, maxSockets, netstack: async () => sysctls });
    return { passage, view };
  }

  #state(): ReplayState {
    const { turn, atNs, playing, ended, speed, seeking, round } = this.#playback;
    const { throughMs, findings, done, fault } = this.#report;
    return {
      turn,
      atMs: positionMs(atNs),
      at: rfc3339(round.passage.wallUs(atNs)),
      ns: String(Math.round(this.#start.atNs + atNs)),
      spanMs: this.#spanMs(),
      ...{ playing, ended, speed },
      seeking: seeking === null ? null : { atMs: positionMs(seeking.atNs), toMs: seeking.toNs === null ? null : positionMs(seeking.toNs) },
      survey: { throughMs, findings: findings.length, done, fault },
    };
  }

  #replayView(): ReplayView {
    const { host, kernel, title, frozen } = this.capture.header;
    const { findings, findingsLeftOut, gaps, notes } = this.#report;
    const { id = null, trigger = null, reason = null } = frozen ?? {};
    return {
      state: this.#state(),
      capture: { host, kernel, title, id, trigger, reason, from: rfc3339(this.#start.wallUs), notes: [...notes] },
      findings: [...findings],
      findingsLeftOut,
      gaps: [...gaps],
    };
  }

  /** As its header says, until the survey has been at its end. */
  #spanMs(): number | null {
    const { throughMs, done, fault } = this.#report;
    if (done && fault === null) return throughMs;
    const { frozen } = this.capture.header;
    return frozen === null ? null : Math.max(0, Date.parse(frozen.to) - Date.parse(frozen.from));
  }

  get #report(): Survey['report'] {
    return this.#survey?.report ?? NOTHING;
  }
}

/** What the capture begins with. @throws SynopticError where it holds nothing. */
export async function startOf(capture: Capture): Promise<StartInput> {
  for await (const [first] of capture.inputs()) if (first?.type === 'start') return first;
  throw new SynopticError('CAPTURE_DAMAGED', 'The capture holds no beginning of a run', { expected: 'at least one segment' });
}
