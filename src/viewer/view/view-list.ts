import type { ComponentType } from 'preact';
import { connectionsView } from './connections/view.tsx';
import { driftView } from './drift/view.tsx';
import { eventsView } from './events/view.tsx';
import { findingsView } from './finding/view.tsx';
import { machineView } from './machine/view.tsx';
import type { Page } from './page.ts';
import { timeWaitView } from './time-wait/view.tsx';

/** One way of looking at the same sockets. */
export interface ViewPart {
  /** In the address, as `?tab=`; the first view of the list is the one of a bare address. */
  readonly name: string;
  readonly title: string;
  /** A number beside the title; null for none. Drawn each frame: cheap. */
  count?(page: Page): number | null;
  readonly Body: ComponentType<{ readonly page: Page }>;
  /** Buttons at the right of the tabs while the view is shown. */
  readonly Tools?: ComponentType<{ readonly page: Page }>;
  /** Whether the view draws the eleven states itself, so that the row of tiles would say them twice. */
  readonly showsStates?: boolean;
}

/** All views, in the order of their tabs and of the keys 1 to 9. A new one is a file and a line here. */
export const VIEWS = [
  machineView,
  eventsView,
  connectionsView,
  timeWaitView,
  driftView,
  findingsView,
] as const satisfies readonly ViewPart[];

/** The view that the address names; the first where it names none that is here. */
export function viewNamed(name: string): ViewPart {
  return VIEWS.find((view) => view.name === name) ?? VIEWS[0];
}
