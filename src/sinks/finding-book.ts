import type { Event, FindingEvent } from '../core/model/event.ts';
import { keepNewest } from '../core/model/keep-newest.ts';

/** Resolved findings remembered; open ones are bounded by the detectors. */
const RESOLVED = 256;

/** The findings of one run, each as it was last told. */
export class FindingBook {
  readonly #open = new Map<string, FindingEvent>();
  readonly #resolved = new Map<string, FindingEvent>();

  accept(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind !== 'finding') continue;
      if (event.phase !== 'resolved') this.#open.set(event.id, event);
      else {
        this.#open.delete(event.id);
        keepNewest(this.#resolved, event.id, event, RESOLVED);
      }
    }
  }

  /** In the order in which they were opened. */
  get open(): readonly FindingEvent[] {
    return [...this.#open.values()];
  }

  /** The one resolved last comes first. */
  get resolved(): readonly FindingEvent[] {
    return [...this.#resolved.values()].reverse();
  }
}
