import { setImmediate as turn } from 'node:timers/promises';
import type { Round } from '../../src/commands/advance.ts';
import { coreOptions } from '../../src/commands/capture-core.ts';
import { PipelineView } from '../../src/commands/observation.ts';
import { Passage } from '../../src/commands/passage.ts';
import { Playback } from '../../src/commands/playback.ts';
import { startOf } from '../../src/commands/replay-session.ts';
import type { Event } from '../../src/core/model/event.ts';
import type { StartInput } from '../../src/core/model/input.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import type { Speed, Steer } from '../../src/formats/replay.ts';
import { Meter } from '../../src/sources/meter/meter.ts';
import { type Capture, openCapture } from '../../src/sources/replay/capture-file.ts';
import { allInputs } from '../lab/golden.ts';

const ALL = parseFilter('');

/** Time that stands still until it is turned. */
class HandClock {
  nowNs = 0;
  readonly #waiting = new Set<() => void>();

  readonly rest = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      if (signal.aborted) done();
      else signal.addEventListener('abort', done, { once: true });
    });

  /** Whether somebody waits for it. */
  get resting(): boolean {
    return this.#waiting.size > 0;
  }

  pass(ms: number): void {
    this.nowNs += ms * 1e6;
    for (const done of [...this.#waiting]) done();
  }
}

/** A capture that is played by hand, with all that it tells. */
export class Played implements AsyncDisposable {
  readonly capture: Capture;
  readonly start: StartInput;
  readonly clock = new HandClock();
  readonly playback: Playback;
  /** What was told, since the last restart. */
  events: Event[] = [];
  restarts = 0;
  ends: unknown[] = [];
  /** What a survey would know: where findings open, ns; undefined: nothing yet. */
  openings: readonly number[] | undefined;
  readonly #meter: Meter;
  readonly #run: Promise<void>;

  private constructor(capture: Capture, start: StartInput, speed: Speed) {
    this.capture = capture;
    this.start = start;
    this.#meter = new Meter({ now: () => 0, bpftrace: null });
    this.playback = new Playback({
      ...{ speed, loop: false, now: () => this.clock.nowNs, rest: this.clock.rest, onChange: () => undefined },
      begin: () => this.#begin(),
      openingAfter: (ns) => (this.openings === undefined ? undefined : (this.openings.find((opening) => opening > ns) ?? null)),
      onEvents: (events) => this.events.push(...events),
      onRestart: () => {
        this.restarts++;
        this.events = [];
      },
      onEnd: (fault) => this.ends.push(fault),
    });
    this.#run = this.playback.run();
  }

  static async open(file: string, speed: Speed = 1): Promise<Played> {
    const capture = await openCapture(file);
    const played = new Played(capture, await startOf(capture), speed);
    await played.settled();
    return played;
  }

  /** Steers, and waits until it stands. */
  async steer(wish: Steer): Promise<void> {
    this.playback.steer(wish);
    await this.settled();
  }

  /** Until it has nothing to do before time passes. */
  async settled(): Promise<void> {
    while (!this.clock.resting) await turn();
  }

  /** Lets time pass, and waits until all that is due was given. */
  async pass(ms: number): Promise<void> {
    this.clock.pass(ms);
    await this.settled();
  }

  /** All that can be asked of what is shown, but for what the replay itself costs. */
  async picture(): Promise<object> {
    return pictureOf(this.playback.round);
  }

  /** What those who only ever go forward have at a position: inputs up to there, given one by one. */
  async reference(ns: number): Promise<object> {
    const round = this.#begin();
    const { pipeline } = round.passage;
    for (const input of await allInputs(this.capture)) {
      if (input.atNs - this.start.atNs > ns) break;
      const events = pipeline.accept(input);
      if (events.length > 0) round.view.accept(events);
    }
    const { recent: _, ...picture } = await pictureOf(round);
    return picture;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.playback.stop();
    await this.#run;
    this.#meter[Symbol.dispose]();
  }

  #begin(): Round {
    const { capture, start } = this;
    const passage = new Passage({ capture, start });
    const { maxSockets } = coreOptions(capture.header);
    const netstack = async (): Promise<[]> => [];
    const view = new PipelineView({ start, pipeline: passage.pipeline, meter: this.#meter, mode: 'replay', maxSockets, netstack });
    return { passage, view };
  }
}

async function pictureOf({ passage, view }: Round): Promise<{ recent: readonly Event[]; [part: string]: unknown }> {
  const { observer: _, phase: __, reason: ___, ...status } = view.status();
  return {
    status,
    connections: await view.connections(ALL, 1e6, 0),
    findings: view.findings(),
    timeWait: await view.timeWait(),
    seq: view.lastSeq(),
    recent: passage.recent,
  };
}
