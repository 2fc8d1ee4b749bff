import { z } from 'zod';

/**
 * Every setting, with its unit, default and reason. `expected` is what a person is told who wrote something else; it never repeats
 * what they wrote, which may be a token. Messages of checks go on from the setting's name.
 */
export const Reasons = z.object({ reason: z.string(), expected: z.string(), unit: z.string().optional() });
export type Reasons = z.infer<typeof Reasons>;

export function setting<T extends z.ZodType>(schema: T, about: Reasons): T {
  return schema.meta({ ...about });
}
