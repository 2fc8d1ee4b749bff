import { SynopticError } from '../core/model/errors.ts';

/** Reads `--speed`: `1`, `0.5`, `20`, or `max` (Infinity). @throws SynopticError USAGE */
export function parseSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new SynopticError('USAGE', `${JSON.stringify(text)} is no speed`, {
    where: '--speed',
    expected: 'recorded seconds a second, for example 1, 0.5 or 20; or max',
  });
}
