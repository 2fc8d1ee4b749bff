import { SynopticError } from '../core/model/errors.ts';
import type { Speed } from '../formats/replay.ts';

/** Reads `--speed`: `1`, `0.5`, `20`, or `max`. @throws SynopticError USAGE */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return text;
  const speed = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (speed >= 0.01) return speed;
  throw new SynopticError('USAGE', `${JSON.stringify(text)} is no speed`, {
    where: '--speed',
    expected: 'recorded seconds a second, for example 1, 0.5 or 20; or max',
  });
}
