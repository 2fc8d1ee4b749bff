import { z } from 'zod';
import type { SynopticError } from '../core/model/errors.ts';

/** Every error that the HTTP API answers with; the live stream's `error` message says the same. */
export const Problem = z.strictObject({
  code: z.string().meta({ description: 'Stable, for programs; for example FILTER_SYNTAX' }),
  message: z.string(),
  where: z.string().optional(),
  expected: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

export function problemOf({ code, message, where, expected }: SynopticError): Problem {
  return { code, message, ...(where !== undefined && { where }), ...(expected !== undefined && { expected }) };
}
