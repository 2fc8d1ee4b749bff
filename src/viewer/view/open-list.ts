import type { ComponentType } from 'preact';
import { CaptureDetails } from './captures/capture-details.tsx';
import { ProbeDetails } from './drift/probe-details.tsx';
import { EventDetails } from './events/event-details.tsx';
import { FindingDetails } from './finding/finding-details.tsx';
import { SocketLife } from './life/socket-life.tsx';
import type { Page } from './page.ts';

/** Draws one thing closely. `id` is what stands behind the colon of `?open=kind:id`. */
export type Opened = ComponentType<{ readonly page: Page; readonly id: string }>;

/** Who draws what is opened, by the kind in the address. A new one is a file and a line here. */
export const OPENED: Readonly<Record<string, Opened>> = {
  event: EventDetails,
  missed: EventDetails,
  sock: SocketLife,
  probe: ProbeDetails,
  finding: FindingDetails,
  capture: CaptureDetails,
};
