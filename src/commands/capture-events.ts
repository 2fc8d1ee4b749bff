import type { Event } from '../core/model/event.ts';
import { Pipeline } from '../core/pipeline.ts';
import type { Figures } from '../export/exporter.ts';
import type { Capture } from '../sources/replay/capture-file.ts';
import { coreOptions } from './capture-core.ts';
import { startOf } from './replay-session.ts';

/** Between two looks at the figures, ns of the capture's time. */
const FIGURES_NS = 1e9;

/** What follows from one input of a capture. */
export interface Step {
  readonly events: readonly Event[];
  /** As things stand behind these events; null where they were looked at a moment ago. */
  readonly figures: Figures | null;
}

/** A capture's events as fast as they can be had, and about once a second of its time how things stood. */
export async function* stepsOf(capture: Capture): AsyncGenerator<Step> {
  const pipeline = new Pipeline(await startOf(capture), coreOptions(capture.header));
  let dueNs = pipeline.nowNs;
  for await (const inputs of capture.inputs()) {
    // Not spread: a sync point of a storm holds more events than a call takes arguments.
    for (const input of inputs) {
      const events = pipeline.accept(input);
      const due = input.type === 'tick' && pipeline.nowNs >= dueNs;
      if (due) dueNs = pipeline.nowNs + FIGURES_NS;
      if (due || events.length > 0) yield { events, figures: due ? figuresOf(pipeline) : null };
    }
  }
  yield { events: [], figures: figuresOf(pipeline) };
}

/** All events of a capture. */
export async function* eventsOf(capture: Capture): AsyncGenerator<readonly Event[]> {
  for await (const { events } of stepsOf(capture)) if (events.length > 0) yield events;
}

function figuresOf(pipeline: Pipeline): Figures {
  const { nowNs, clock, sockets, timeWait: ledger, gapTotals } = pipeline;
  let timeWait = 0;
  let timeWaitKernel: number | null = null;
  for (const netns of ledger.namespaces()) {
    const { timeWait: ours, kernel } = ledger.population(netns, nowNs);
    timeWait += ours;
    if (kernel !== null) timeWaitKernel = (timeWaitKernel ?? 0) + kernel;
  }
  return {
    ns: nowNs,
    wallUs: pipeline.wallUs(nowNs),
    bootOffsetNs: clock.errorNs === null ? null : clock.offsetNs,
    sockets: sockets.size,
    ...{ timeWait, timeWaitKernel, lost: gapTotals.lost, shed: gapTotals.shed },
  };
}
