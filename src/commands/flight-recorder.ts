import { createHash, randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { withoutSecrets } from '../config/without-secrets.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import type { Input, KernelUpInput, StartInput } from '../core/model/input.ts';
import { CAPTURE_VERSION, type CaptureHeader } from '../formats/capture/header.ts';
import { Captures } from '../sinks/capture/captures.ts';
import { DataFolder } from '../sinks/capture/data-folder.ts';
import { Recorder } from '../sinks/capture/recorder.ts';
import { readScript } from '../sources/bpftrace/scripts.ts';
import { nowNs } from '../sources/clock.ts';
import { auditNetstack } from '../sources/machine/netstack.ts';
import { knownInputs } from './known-inputs.ts';
import type { LiveSession } from './live-session.ts';
import { VERSION } from './version.ts';

export interface FlightOptions {
  readonly config: Config;
  readonly session: LiveSession;
  /** What came before this could be opened, for the header; the first is the `start`. To be given to {@link FlightRecorder.record}, too. */
  readonly early: readonly Input[];
  /** The data folder. */
  readonly place: string;
  /** What is wrong; and what was done. */
  warn(message: string): void;
  say(message: string): void;
}

const MB = 1_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The flight recorder of a live observation, with what becomes of what it records. */
export class FlightRecorder implements AsyncDisposable {
  readonly captures: Captures;
  readonly #recorder: Recorder;
  readonly #adopted: Promise<void>;

  private constructor(recorder: Recorder, captures: Captures, leftBehind: readonly string[]) {
    this.#recorder = recorder;
    this.captures = captures;
    this.#adopted = captures.adopt(leftBehind);
  }

  /** Null where nothing can be kept, or shall be; why was said, for observing goes on without. */
  static async open(options: FlightOptions): Promise<FlightRecorder | null> {
    const { config, session, early, place, say, warn } = options;
    const { record, minutes, megabytes, keepDays, keepMegabytes } = config.captures;
    const [start] = early;
    if (!record || start?.type !== 'start') return null;
    const run = randomUUID();
    try {
      const folder = await DataFolder.open(place, { run });
      const windowMs = minutes * MINUTE_MS;
      const header = headerOf(options, run, start);
      const wallUs = (ns: number): number => session.pipeline.wallUs(ns);
      const recorder = new Recorder({
        folder: folder.run,
        header,
        start,
        windowMs,
        maxBytes: megabytes * MB,
        wallUs,
        known: () => knownInputs(session.pipeline),
        share: () => session.pipeline.state.share,
        warn,
      });
      const keep = { keepMs: keepDays * DAY_MS, keepBytes: keepMegabytes * MB };
      const captures = new Captures({ folder: folder.captures, recorder, header, ...keep, nowNs, wallUs, say });
      return new FlightRecorder(recorder, captures, await folder.leftBehind(Date.now(), windowMs));
    } catch (error) {
      if (!(error instanceof SynopticError)) throw error;
      warn(`no flight recorder, observing goes on without: ${error.text}`);
      return null;
    }
  }

  record(input: Input): void {
    this.#recorder.accept(input);
  }

  /** Findings that matter are frozen with what is around them; what is missing is told of what is frozen. */
  accept(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === 'finding') this.captures.onFinding(event);
      else if (event.kind === 'gap') this.captures.onGap(event);
    }
  }

  /** What is being frozen is finished, what waits is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.captures.settle();
    await this.#adopted;
    await this.#recorder[Symbol.asyncDispose]();
  }
}

function headerOf({ config, early }: FlightOptions, run: string, start: StartInput): CaptureHeader {
  const up = early.find((input): input is KernelUpInput => input.type === 'kernel-up');
  const scripts = (up?.hooks ?? []).flatMap(({ script }) => (script === null ? [] : [script]));
  return {
    synopticCapture: CAPTURE_VERSION,
    synoptic: VERSION,
    run,
    host: start.host,
    kernel: start.kernel,
    bpftrace: up?.version ?? null,
    scripts: Object.fromEntries(scripts.map((name) => [name, createHash('sha256').update(readScript(name)).digest('hex')])),
    clock: { monotonicNs: start.atNs, wallUs: start.wallUs },
    maxSockets: config.maxSockets,
    configuration: withoutSecrets(config),
    sysctls: auditNetstack(),
    title: null,
    frozen: null,
  };
}
