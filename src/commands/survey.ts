import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StartInput } from '../core/model/input.ts';
import type { Note } from '../formats/capture/header.ts';
import type { ReplayFinding, ReplayGap } from '../formats/replay.ts';

/** What the thread is started with. */
export interface SurveyTask {
  readonly file: string;
  readonly start: StartInput;
}

/** What is known of a capture so far; positions in ms. */
export interface SurveyReport {
  readonly throughMs: number;
  /** By position, as far as the survey has come. */
  readonly findings: readonly ReplayFinding[];
  readonly findingsLeftOut: number;
  readonly gaps: readonly ReplayGap[];
  /** Once it is done. */
  readonly notes: readonly Note[];
  readonly done: boolean;
  /** Why the capture cannot be read further; null while it can. */
  readonly fault: string | null;
}

/** Before anything is known. */
export const NOTHING: SurveyReport = { throughMs: 0, findings: [], findingsLeftOut: 0, gaps: [], notes: [], done: false, fault: null };

/**
 * Looks through a whole capture in a thread of its own, for what is marked on its time line. Opening a capture does not wait for it; what
 * it finds is told as it comes.
 */
export class Survey implements AsyncDisposable {
  readonly #worker: Worker;
  #report = NOTHING;
  #over = false;

  constructor(task: SurveyTask, onChange: () => void) {
    this.#worker = new Worker(new URL(`./survey-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: task,
      name: 'synoptic-survey',
    });
    this.#worker.on('message', (report: SurveyReport) => {
      this.#report = report;
      onChange();
    });
    // The capture plays without marks; why stands beside the time line.
    this.#worker.once('error', (error) => {
      if (this.#over) return;
      this.#report = { ...this.#report, done: true, fault: error instanceof Error ? error.message : String(error) };
      onChange();
    });
  }

  get report(): SurveyReport {
    return this.#report;
  }

  /** Where the first finding behind `ns` opens, ns: null where there is none, undefined where that is not known. */
  openingAfter(ns: number): number | null | undefined {
    const { findings, findingsLeftOut, done, fault } = this.#report;
    const next = findings.find(({ atMs }) => Math.round(atMs * 1e6) > ns);
    if (next !== undefined) return Math.round(next.atMs * 1e6);
    return done && findingsLeftOut === 0 && fault === null ? null : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#worker.terminate();
  }
}
