import type { ComponentType } from 'preact';
import type { Page } from './page.ts';

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
  /** Whether the row of the eleven states’ tiles is left out: the view draws them itself, or is not about single sockets. */
  readonly showsStates?: boolean;
}
