import { z } from 'zod';

/**
 * Query parameters of a route; others are refused, so that a slip of the pen is not silently everything. Each parameter's `error` is what
 * the answer calls `expected`. `token` is always allowed: auth.ts has read it by then.
 */
export function query<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject({
    ...shape,
    token: z.string().optional().meta({ description: 'In place of an Authorization header, for pages and WebSockets' }),
  });
}

/** A whole number written in digits. */
export function count(least: number, most: number, standard: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error }).default(standard);
}

/** Only a length: what is in it is said better by parseFilter. */
export const FILTER = z.string({ error: 'FILTER terms, given once' }).max(1000, { error: 'at most 1000 characters' });
