import { z } from 'zod';

/**
 * What every setting says of itself: its unit, its reason, and what a person is told who wrote something else; `expected` never repeats what
 * they wrote, which may be a token. Messages of checks go on from the setting's name.
 */
const Reasons = z.object({
  reason: z.string(),
  expected: z.string(),
  unit: z.string().optional(),
  /** What is set gets its holder in somewhere, or may: it goes into no capture, whatever becomes of the rest. */
  secret: z.literal(true).optional(),
});
type Reasons = z.infer<typeof Reasons>;

export function setting<T extends z.ZodType>(schema: T, about: Reasons): T {
  return schema.meta({ ...about });
}

/** One setting, for the documentation and for error messages. */
export interface Setting extends Reasons {
  /** For example `bpftrace.command`. */
  readonly path: string;
  readonly default: unknown;
}

/** All settings of a mapping, groups too, in the order of the schema. */
export function describeSettings(object: z.ZodObject, path: readonly string[]): Setting[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const here = [...path, name];
    const about = Reasons.parse(schema instanceof z.ZodType ? schema.meta() : undefined);
    const inner = schema instanceof z.ZodPrefault ? schema.def.innerType : null;
    const rest = inner instanceof z.ZodObject ? describeSettings(inner, here) : [];
    const standard = schema instanceof z.ZodType ? schema.parse(undefined) : undefined;
    return [{ path: here.join('.'), default: standard, ...about }, ...rest];
  });
}
