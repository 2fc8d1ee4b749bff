import { count } from '../../formats/words/amount.ts';

/** A rate a second as short as it is readable: `0.4`, `12`, `3,400`. */
export function rate(perSecond: number): string {
  return perSecond < 9.95 ? perSecond.toFixed(1).replace(/\.0$/, '') : count(perSecond);
}
