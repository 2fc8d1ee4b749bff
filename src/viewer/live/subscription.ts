import { EVENT_KINDS, type EventKind } from '../../core/model/event.ts';

/** Which events the page wants. */
export interface Subscription {
  readonly filter: string;
  readonly kinds: readonly EventKind[];
}

export const ALL: Subscription = { filter: '', kinds: EVENT_KINDS };

export function same(a: Subscription, b: Subscription): boolean {
  return a.filter === b.filter && a.kinds.join() === b.kinds.join();
}
