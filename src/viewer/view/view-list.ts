import { capturesView } from './captures/view.tsx';
import { connectionsView } from './connections/view.tsx';
import { driftView } from './drift/view.tsx';
import { eventsView } from './events/view.tsx';
import { findingsView } from './finding/view.tsx';
import { machineView } from './machine/view.tsx';
import { timeWaitView } from './time-wait/view.tsx';
import type { ViewPart } from './view-part.ts';

/** All views, in the order of their tabs and of the keys 1 to 9. A new one is a file and a line here. */
export const VIEWS = [
  machineView,
  eventsView,
  connectionsView,
  timeWaitView,
  driftView,
  findingsView,
  capturesView,
] as const satisfies readonly ViewPart[];

/** The view that the address names; the first where it names none that is here. */
export function viewNamed(name: string): ViewPart {
  return VIEWS.find((view) => view.name === name) ?? VIEWS[0];
}
