import { z } from 'zod';
import { CAUSES, type Cause } from '../core/model/cause.ts';
import { PROBE_PROTOCOLS } from '../core/model/target.ts';
import { ProbeWire } from './probe.ts';

export const HEALTHS = ['new', 'healthy', 'jittering', 'weak', 'dead'] as const;

const ms = z.number().nonnegative().nullable();
const total = z.int().nonnegative();

/** One target that is probed: how it stands, its last attempt, and what its attempts came to since it is followed. */
export const ProbeRow = z.strictObject({
  id: z.int().positive().meta({ description: 'In the order of coming; what `after` counts by' }),
  target: z.string().meta({ description: 'As written, without its password' }),
  protocol: z.enum(PROBE_PROTOCOLS),
  everyMs: z.number().positive().meta({ unit: 'ms' }),
  health: z.enum(HEALTHS),
  suspect: z.boolean().meta({ description: 'Two or more misses in a row, and not yet dead' }),
  misses: total.meta({ description: 'In a row' }),
  attempts: total,
  failures: total.meta({ description: 'Attempts that were not alive' }),
  last: z
    .strictObject({
      attempt: z.int().positive(),
      at: z.iso.datetime({ precision: 6 }),
      alive: z.boolean(),
      cause: z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]).nullable(),
      words: z.string().meta({ description: 'The answer, or what went wrong; may hold text from the far end' }),
      roundTripMs: ms.meta({ unit: 'ms', description: 'From the call to the end of the answer; null where there was none' }),
    })
    .nullable()
    .meta({ description: 'Null before the first attempt has ended' }),
  roundTripMs: z
    .strictObject({ mean: ms, max: ms })
    .meta({ unit: 'ms', description: 'Of the attempts that are kept and were alive; null where there is none' }),
  synRetransmits: total.meta({ description: 'SYNs that the kernel had to send again' }),
  connections: z
    .strictObject({ opened: total, reused: total, closed: total })
    .meta({ description: 'Opened: established; reused: an attempt on one that was there before' }),
});
export type ProbeRow = z.infer<typeof ProbeRow>;

/** `GET /api/v1/probes`. */
export const ProbePage = z.strictObject({
  filter: z.string().meta({ description: 'The FILTER that was applied, in its canonical form' }),
  total: total.meta({ description: 'Targets that fit, on all pages' }),
  probes: z.array(ProbeRow),
  next: z.int().positive().nullable().meta({ description: 'What to give as `after` for the next page; null on the last' }),
});
export type ProbePage = z.infer<typeof ProbePage>;

/** `GET /api/v1/probes/{target}`. */
export const ProbeDetail = z.strictObject({
  probe: ProbeRow,
  attempts: z.array(ProbeWire).meta({ description: 'The last ones, newest first' }),
});
export type ProbeDetail = z.infer<typeof ProbeDetail>;

/** Probing as a whole, in the status. */
export const Probing = z.strictObject({
  targets: total,
  byHealth: z.record(z.enum(HEALTHS), total),
  attempts: total.meta({ description: 'Since the start, of the targets that are followed now' }),
  down: z.string().nullable().meta({ description: 'Why nothing is probed right now, in words: the probing thread has ended by itself' }),
  deaths: total.meta({ description: 'How often it did' }),
  untold: total.meta({ description: 'Attempts that were made and not told, because the observing thread was too busy' }),
});
export type Probing = z.infer<typeof Probing>;
