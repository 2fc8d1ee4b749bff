import type { Target } from './target.ts';
import { capture } from './targets/capture.ts';
import { config } from './targets/config.ts';
import { core } from './targets/core.ts';
import { filter } from './targets/filter.ts';
import { frames } from './targets/frames.ts';
import { lines } from './targets/lines.ts';
import { message } from './targets/message.ts';
import { query } from './targets/query.ts';

/** Everything that reads what others have written; `scripts/fuzz` explains each by its name. */
export const TARGETS: readonly Target[] = [lines, core, filter, message, frames, capture, config, query];
