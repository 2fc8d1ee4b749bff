const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** For error messages. */
export const DURATION_FORMS = 'a length of time with its unit, for example 250ms, 1.5s, 10s, 5m or 1h';

/** Reads `250ms`, `1.5s`, `5m`, `1h`; null where it is none of them. In ms. */
export function parseDuration(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = MS[unit];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}
