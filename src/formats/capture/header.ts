import { z } from 'zod';
import type { KernelUpInput, StartInput } from '../../core/model/input.ts';
import { NetstackView } from '../netstack.ts';
import { KernelUp, Start } from './input.ts';
import { Ns, WallUs } from './quantity.ts';

/** Raised with each change that an older reader would misunderstand; readers of newer Synoptics keep an upgrade from each older one. */
export const CAPTURE_VERSION = 3;

const At = z.iso.datetime({ precision: 6 });

/** Why a capture was frozen. `left-behind`: its observer was killed, and the next one found what it had recorded. */
export const Trigger = z.enum(['request', 'signal', 'finding', 'left-behind', 'made']);
export type Trigger = z.infer<typeof Trigger>;

/** What is known to be missing in a capture's time, as it was known when it was frozen. */
export const Missing = z.strictObject({
  gaps: z.int().nonnegative().meta({ description: 'Gap events whose time touches it' }),
  lost: z.int().nonnegative().meta({ description: 'Records lost in them, where the number is known' }),
  shed: z.int().nonnegative().meta({ description: 'Records counted and not told one by one, on purpose' }),
  leftOut: z.int().nonnegative().meta({ description: 'Inputs that the recorder could not keep' }),
});
export type Missing = z.infer<typeof Missing>;

/** What a capture says of itself: where, with what and how it was taken. */
export const CaptureHeader = z.strictObject({
  synopticCapture: z.literal(CAPTURE_VERSION),
  /** Synoptic's own version. */
  synoptic: z.string(),
  /** One for each run of an observer. */
  run: z.string(),
  host: z.string(),
  kernel: z.string(),
  bpftrace: z.string().nullable(),
  scripts: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).meta({ description: 'SHA-256 of each script that was attached' }),
  clock: z
    .strictObject({ monotonicNs: Ns, wallUs: WallUs })
    .meta({ description: 'The same moment on CLOCK_MONOTONIC and in UTC, at the start of the run; ticks say both again' }),
  maxSockets: z.int().positive().max(10_000_000).meta({ description: 'Bounds of the core that the replay must share' }),
  configuration: z.record(z.string(), z.unknown()).meta({ description: 'The settings; of secrets only whether they are set' }),
  sysctls: NetstackView,
  title: z.string().nullable(),
  frozen: z
    .strictObject({
      id: z.string(),
      at: At,
      trigger: Trigger,
      reason: z.string().nullable(),
      from: At,
      to: At,
      missing: Missing.optional().meta({ description: 'Left out where nobody knew: by an older Synoptic, or of a killed observer' }),
    })
    .nullable()
    .meta({ description: 'Null in the flight recorder’s own segments' }),
});
export type CaptureHeader = z.infer<typeof CaptureHeader>;

/** How a segment begins: what a replay needs that begins here. Segment 0 is the beginning of the run. */
export const SegmentHead = z.strictObject({
  index: z.int().nonnegative(),
  fromNs: Ns,
  wallUs: WallUs,
  start: Start,
  up: KernelUp.nullable().meta({ description: 'The bpftrace that runs; null where none does' }),
  rest: z.string().meta({ description: 'The beginning of a line whose end is in this segment; one character a byte' }),
  share: z.int().positive().meta({ description: 'One socket in so many was told' }),
});
export interface SegmentHead extends Omit<z.infer<typeof SegmentHead>, 'start' | 'up'> {
  readonly start: StartInput;
  readonly up: KernelUpInput | null;
}

export const Seal = z.strictObject({
  inputs: z.int().nonnegative(),
  raw: z.int().nonnegative().meta({ unit: 'B', description: 'What its D chunks unpack to' }),
  crc: z.int().nonnegative().meta({ description: 'CRC-32 of all that' }),
  toNs: Ns,
  wallUs: WallUs,
});
export type Seal = z.infer<typeof Seal>;

export const Trim = z.strictObject({
  bytes: z.int().nonnegative().meta({ unit: 'B', description: 'Cut off behind the last whole sync point' }),
});
export type Trim = z.infer<typeof Trim>;

export const End = z.strictObject({ segments: z.int().nonnegative() });
export type End = z.infer<typeof End>;

export const NOTE_MAX = 4000;
/** Notes of one capture: whoever may write them may not fill the disk, nor the memory of who reads. */
export const NOTES_MAX = 1000;
export const Note = z.strictObject({ at: At, text: z.string().min(1).max(NOTE_MAX) });
export type Note = z.infer<typeof Note>;
