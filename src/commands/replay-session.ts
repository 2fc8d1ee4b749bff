import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import type { Input, StartInput } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { SocketLife } from '../formats/socket-life.ts';
import type { Status, TimeWaitView } from '../formats/status.ts';
import type { Findings, Listing, Observation } from '../sinks/observation.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { Meter } from '../sources/meter/meter.ts';
import { type Capture, openCapture } from '../sources/replay/capture-file.ts';
import { play } from '../sources/replay/player.ts';
import { coreOptions } from './capture-core.ts';
import { PipelineView } from './observation.ts';

export interface ReplayOptions {
  readonly file: string;
  /** `demo`: over and over, and as if it happened now. */
  readonly mode: 'demo' | 'replay';
  /** Recorded seconds a second. */
  readonly speed: number;
  onEvents(events: readonly Event[]): void;
  /** Another round begins. */
  onRestart(): void;
  /** The capture ends here, or cannot be read further. */
  onEnd(fault: unknown): void;
}

interface Round {
  readonly view: PipelineView;
  readonly pipeline: Pipeline;
  /** What is added to its times, µs. */
  readonly shiftUs: number;
}

/** A capture that plays through a pipeline of its own, seen like a live observation. */
export class ReplaySession implements AsyncDisposable {
  readonly capture: Capture;
  readonly #options: ReplayOptions;
  readonly #start: StartInput;
  readonly #stop = new AbortController();
  /** No bpftrace runs: only what the replay itself costs is known. */
  readonly #meter = new Meter({ now: nowNs, bpftrace: null });
  #round: Round;
  #played: Promise<void> = Promise.resolve();
  /** Lives through all rounds; each round is a run of its own, with `seq` from 1. */
  readonly view: Observation = {
    status: (): Status => this.#round.view.status(),
    lastSeq: (): number => this.#round.view.lastSeq(),
    connections: (filter: Filter, limit: number, after: number): Promise<Listing> => this.#round.view.connections(filter, limit, after),
    life: (sock: number): Promise<SocketLife> => this.#round.view.life(sock),
    findings: (): Findings => this.#round.view.findings(),
    timeWait: (): Promise<TimeWaitView> => this.#round.view.timeWait(),
    netstack: (): Promise<NetstackView> => this.#round.view.netstack(),
  };

  private constructor(options: ReplayOptions, capture: Capture, start: StartInput) {
    this.#options = options;
    this.capture = capture;
    this.#start = start;
    this.#round = this.#begin();
  }

  /** Opens it; {@link begin} plays it. @throws SynopticError what {@link openCapture} throws. */
  static async open(options: ReplayOptions): Promise<ReplaySession> {
    const capture = await openCapture(options.file);
    return new ReplaySession(options, capture, await startOf(capture));
  }

  begin(): void {
    this.#played = this.#play();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#played;
    this.#meter[Symbol.dispose]();
  }

  #begin(): Round {
    const { mode } = this.#options;
    const { header } = this.capture;
    const shiftUs = mode === 'demo' ? nowWallUs() - this.#start.wallUs : 0;
    const start = { ...this.#start, wallUs: this.#start.wallUs + shiftUs };
    const { maxSockets } = header;
    const pipeline = new Pipeline(start, coreOptions(header));
    const view = new PipelineView({ start, pipeline, meter: this.#meter, mode, maxSockets, netstack: async () => header.sysctls });
    return { view, pipeline, shiftUs };
  }

  async #play(): Promise<void> {
    const { mode, speed, onRestart, onEnd } = this.#options;
    const { signal } = this.#stop;
    const emit = (input: Input): void => this.#accept(input);
    try {
      for (;;) {
        await play({ inputs: this.capture.inputs(), speed, now: nowNs, emit, signal });
        if (signal.aborted) return;
        if (mode === 'replay') break;
        this.#round = this.#begin();
        onRestart();
      }
      this.#round.view.end('the capture ends here');
      onEnd(null);
    } catch (fault) {
      this.#round.view.end(`the capture cannot be read further: ${fault instanceof Error ? fault.message : String(fault)}`);
      onEnd(fault);
    }
  }

  #accept(input: Input): void {
    const { pipeline, view, shiftUs } = this.#round;
    const events = pipeline.accept(input.type === 'tick' ? { ...input, wallUs: input.wallUs + shiftUs } : input);
    if (events.length === 0) return;
    view.accept(events);
    this.#options.onEvents(events);
  }
}

/** What the capture begins with. @throws SynopticError where it holds nothing. */
export async function startOf(capture: Capture): Promise<StartInput> {
  for await (const [first] of capture.inputs()) if (first?.type === 'start') return first;
  throw new SynopticError('CAPTURE_DAMAGED', 'The capture holds no beginning of a run', { expected: 'at least one segment' });
}
