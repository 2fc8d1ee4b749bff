import { fileURLToPath } from 'node:url';
import type { Event } from '../core/model/event.ts';
import type { Input, StartInput } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { Status, TimeWaitView } from '../formats/status.ts';
import type { Findings, Listing, Observation } from '../sinks/observation.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { auditNetstack } from '../sources/machine/netstack.ts';
import { Meter } from '../sources/meter/meter.ts';
import { Player } from '../sources/replay/player.ts';
import { readRecording } from '../sources/replay/recording.ts';
import { PipelineView } from './observation.ts';

export interface DemoOptions {
  readonly maxSockets: number;
  onEvents(events: readonly Event[]): void;
  /** Another round begins. */
  onRestart(): void;
}

const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.ndjson.zst', import.meta.url));

/** The recorded incident, over and over, for those without root or BPF. Its times are shown as if it happened now. */
export class DemoSession implements AsyncDisposable {
  readonly #inputs: readonly Input[];
  readonly #options: DemoOptions;
  /** No bpftrace runs: only what the replay itself costs is known. */
  readonly #meter = new Meter({ now: nowNs, bpftrace: null });
  #run: { view: PipelineView; player: Player };
  /** Lives through all rounds; each round is a run of its own, with `seq` from 1. */
  readonly view: Observation = {
    status: (): Status => this.#run.view.status(),
    lastSeq: (): number => this.#run.view.lastSeq(),
    connections: (filter: Filter, limit: number, after: number): Promise<Listing> => this.#run.view.connections(filter, limit, after),
    findings: (): Findings => this.#run.view.findings(),
    timeWait: (): Promise<TimeWaitView> => this.#run.view.timeWait(),
    netstack: (): Promise<NetstackView> => this.#run.view.netstack(),
  };

  private constructor(options: DemoOptions, inputs: readonly Input[], start: StartInput) {
    this.#options = options;
    this.#inputs = inputs;
    this.#run = this.#round(start);
  }

  /** @throws SynopticError RECORDING_UNREADABLE */
  static async open(options: DemoOptions): Promise<DemoSession> {
    const { inputs } = readRecording(DEMO);
    const [start] = inputs;
    if (start?.type !== 'start') throw new Error('parseRecording lets none through without a start');
    return new DemoSession(options, inputs, start);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run.player.stop();
    this.#meter[Symbol.dispose]();
  }

  #round(recorded: StartInput): { view: PipelineView; player: Player } {
    const shiftUs = nowWallUs() - recorded.wallUs;
    const start = { ...recorded, wallUs: recorded.wallUs + shiftUs };
    const { maxSockets, onEvents } = this.#options;
    const pipeline = new Pipeline(start, { maxSockets });
    const view = new PipelineView({
      start,
      pipeline,
      meter: this.#meter,
      mode: 'demo',
      maxSockets,
      netstack: async () => auditNetstack(),
    });
    const player = new Player({
      inputs: this.#inputs,
      speed: 1,
      now: nowNs,
      emit: (input) => {
        const events = pipeline.accept(input.type === 'tick' ? { ...input, wallUs: input.wallUs + shiftUs } : input);
        if (events.length === 0) return;
        view.accept(events);
        onEvents(events);
      },
      onEnd: () => {
        this.#run = this.#round(recorded);
        this.#options.onRestart();
      },
    });
    return { view, player };
  }
}
