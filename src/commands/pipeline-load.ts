import type { Pipeline } from '../core/pipeline.ts';

interface Load {
  /** Lines decoded. */
  readonly lines: number | null;
  /** Records held for order, and for how long each is. */
  readonly waiting: number | null;
  readonly holdNs: number | null;
  /** One socket in so many is told. */
  readonly share: number;
}

/** Stand-in until every pipeline tells these: what it does not tell is null, and every socket is told. */
export function loadOf(pipeline: Pipeline): Load {
  const { lines = null, waiting = null, holdNs = null }: Partial<Load> = pipeline as Pipeline & Partial<Load>;
  const { share = 1 }: Partial<Load> = pipeline.state as Pipeline['state'] & Partial<Load>;
  return { lines, waiting, holdNs, share };
}

/** Stand-in for the pipeline's own count. */
export function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
