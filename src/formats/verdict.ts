import { z } from 'zod';
import { FindingEventWire } from './event.ts';
import { ProbeRow } from './probes.ts';

/** How much a gate may rely on what it asks about, best last but one; `unknown`: nobody could have seen otherwise. */
export const VERDICTS = ['failing', 'doubtful', 'fine', 'unknown'] as const;

/** `GET /api/v1/verdict`: one answer for a readiness gate or a circuit breaker. */
export const VerdictView = z.strictObject({
  seq: z.int().nonnegative().meta({ description: 'The last event that is part of it' }),
  filter: z.string().meta({ description: 'The FILTER that was applied, in its canonical form' }),
  verdict: z.enum(VERDICTS).meta({
    description:
      'failing: a critical finding that is more than suspected, or a dead target. doubtful: other findings above info, or a target that is not healthy. fine: observed, and nothing speaks against it. unknown: the kernel is not observed in full, or no target that fits has answered yet, and nothing is found',
  }),
  words: z.string().meta({ description: 'Why, in one sentence' }),
  findings: z.array(FindingEventWire).meta({ description: 'Those open above info that fit, the worst first; 20 at most' }),
  probes: z.array(ProbeRow).meta({ description: 'Targets that fit and are not healthy, the worst first; 20 at most' }),
});
export type VerdictView = z.infer<typeof VerdictView>;
