import type { ComponentType } from 'preact';
import type { Life } from '../../model/life.ts';
import type { TimeScale } from '../../model/time-scale.ts';
import type { Page } from '../page.ts';

export interface LaneProps {
  readonly page: Page;
  readonly life: Life;
  readonly scale: TimeScale;
  readonly width: number;
}

/** One strip of the time line; `height` px, or 0 where it has nothing to show for this life. */
export interface Lane {
  readonly name: string;
  height(life: Life): number;
  readonly Body: ComponentType<LaneProps>;
}
