import type { Event } from '../core/model/event.ts';
import { Pipeline } from '../core/pipeline.ts';
import type { Capture } from '../sources/replay/capture-file.ts';
import { coreOptions } from './capture-core.ts';
import { startOf } from './replay-session.ts';

/** All events of a capture, as fast as they can be had: one step for each sync point of it. */
export async function* eventsOf(capture: Capture): AsyncGenerator<readonly Event[]> {
  const pipeline = new Pipeline(await startOf(capture), coreOptions(capture.header));
  for await (const inputs of capture.inputs()) {
    // Not spread: a sync point of a storm holds more events than a call takes arguments.
    for (const input of inputs) {
      const events = pipeline.accept(input);
      if (events.length > 0) yield events;
    }
  }
}
