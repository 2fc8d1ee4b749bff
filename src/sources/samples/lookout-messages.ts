import type { Visit, Visited } from './visit.ts';

/** To the thread that looks. */
export interface ToLookout {
  readonly visits: readonly Visit[];
}

/** From it: first whether it can, then one for each round that it was asked for. */
export type FromLookout =
  | { readonly type: 'ready'; readonly why: string | null }
  | { readonly type: 'visited'; readonly visited: readonly Visited[] };
