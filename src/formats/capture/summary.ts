import { z } from 'zod';
import { Missing, NOTE_MAX, Note, Trigger } from './header.ts';

const At = z.iso.datetime({ precision: 6 });

/** How captures are called: when they were asked for, why, and four hex digits. Nothing else is ever looked for in a folder. */
export const CAPTURE_ID = /^\d{8}T\d{6}-[a-z-]{1,20}-[0-9a-f]{4}$/;
export const CaptureId = z.string().regex(CAPTURE_ID, { error: 'a capture’s id, for example 20261121T031500-request-1f2e' });

/** One capture, in lists and as the answer to freezing it. */
export const CaptureSummary = z.strictObject({
  id: CaptureId,
  state: z.enum(['waiting', 'writing', 'ready', 'failed']).meta({ description: '`waiting`: for the time after, that belongs to it' }),
  fault: z.string().nullable().meta({ description: 'Why it failed; null where it has not' }),
  at: At.meta({ description: 'When it was asked for' }),
  trigger: Trigger,
  reason: z.string().nullable(),
  from: At.nullable().meta({ description: 'What it tells of: from here…' }),
  to: At.nullable().meta({ description: '…to here; null until it is written' }),
  bytes: z.int().nonnegative().nullable(),
  missing: Missing.nullable().meta({ description: 'What is known to be missing in its time; null where that is not known' }),
  notes: z.array(Note),
});
export type CaptureSummary = z.infer<typeof CaptureSummary>;

/** `GET /api/v1/captures`. */
export const CaptureList = z.strictObject({
  recorder: z
    .strictObject({
      folder: z.string(),
      from: At.nullable().meta({ description: 'The oldest that is kept; null before the first segment is sealed' }),
      bytes: z.int().nonnegative(),
      leftOutInputs: z.int().nonnegative().meta({ description: 'Not kept, because the disk was slower or full' }),
      fault: z.string().nullable().meta({ description: 'Why nothing is written now; null while it is' }),
    })
    .nullable()
    .meta({ description: 'The flight recorder; null where none runs' }),
  captures: z.array(CaptureSummary).meta({ description: 'The newest first' }),
});
export type CaptureList = z.infer<typeof CaptureList>;

/** Body of `POST /api/v1/captures`. */
export const FreezeRequest = z.strictObject({
  reason: z.string().min(1).max(NOTE_MAX).nullable().default(null).meta({ description: 'In a sentence: why' }),
  beforeMs: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .meta({ unit: 'ms', description: 'Time before now that it must tell of; null is all there is' }),
  afterMs: z.int().min(0).max(3_600_000).default(0).meta({ unit: 'ms', description: 'Time after now that belongs to it, too' }),
});
export type FreezeRequest = z.infer<typeof FreezeRequest>;

/** Body of `POST /api/v1/captures/ID/notes`. */
export const NoteRequest = z.strictObject({ text: z.string().min(1).max(NOTE_MAX) });
