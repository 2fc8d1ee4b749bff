import type { Bins } from './bins.ts';

/** What a report consists of, whatever it is printed as. Text is plain: printers escape it, and none of it comes here unless it was made visible. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** Columns that stand as they are. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'chart'; readonly chart: Chart };

/** How often something happened, over the time of the capture. */
export interface Chart {
  readonly title: string;
  readonly bins: Bins;
  /** When findings opened, µs since 1970. */
  readonly marksUs: readonly number[];
}
