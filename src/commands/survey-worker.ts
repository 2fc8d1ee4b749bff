import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openCapture } from '../sources/replay/capture-file.ts';
import { Passage } from './passage.ts';
import { positionMs, ReplayMarks } from './replay-marks.ts';
import type { SurveyReport, SurveyTask } from './survey.ts';

/** Goes through a whole capture once, ahead of whoever plays it, and tells what there is to mark. Started by survey.ts. */
const port = parentPort;
if (port === null) throw new Error('survey-worker.ts runs in a worker thread only');

/** Who plays goes first. On Linux this is the calling thread's alone. */
const NICE = 10;
setPriority(NICE);
/** Between two reports. */
const TELL_MS = 500;

const { file, start } = workerData as SurveyTask;
const capture = await openCapture(file);
await using passage = new Passage({ capture, start });
const marks = new ReplayMarks(start.atNs);

const report = (done: boolean, fault: string | null): SurveyReport => ({
  throughMs: positionMs(passage.throughNs),
  findings: marks.findings,
  findingsLeftOut: marks.findingsLeftOut,
  gaps: marks.gaps,
  notes: done ? [...capture.notes] : [],
  done,
  fault,
});

let fault: string | null = null;
try {
  let toldMs = performance.now();
  while (passage.nextNs !== null || (await passage.reach())) {
    const events = passage.feed();
    if (events.length > 0) marks.accept(events, passage.throughNs);
    if (performance.now() - toldMs < TELL_MS) continue;
    port.postMessage(report(false, null));
    toldMs = performance.now();
  }
} catch (error) {
  fault = error instanceof Error ? error.message : String(error);
}
port.postMessage(report(true, fault));
