import { z } from 'zod';
import { FindingEventWire } from './event.ts';

/** `GET /api/v1/findings`: what is wrong now, and what was until a moment ago. */
export const FindingsView = z.strictObject({
  seq: z.int().nonnegative().meta({ description: 'The last event before the list' }),
  filter: z.string().meta({ description: 'The FILTER that was applied, in its canonical form' }),
  total: z.int().nonnegative().meta({ description: 'Findings that fit, however few are listed' }),
  open: z.array(FindingEventWire).meta({ description: 'Each as it was last told, the one opened first comes first' }),
  resolved: z.array(FindingEventWire).meta({ description: 'The last 256, the one resolved last comes first' }),
  leftOut: z
    .record(z.string(), z.int().nonnegative())
    .meta({ description: 'Findings not opened by themselves because their detector has 16 open, which are told as one; by detector' }),
});
export type FindingsView = z.infer<typeof FindingsView>;
