import { z } from 'zod';
import { CONFIDENCES, SEVERITIES } from '../core/model/finding.ts';
import { Note, Trigger } from './capture/header.ts';

/**
 * A replay that is steered: `GET` and `POST /api/v1/replay`. Positions are ms of recorded time since the capture's first input; being at one
 * means that all up to there was given to the core, and nothing after it.
 */
const At = z.iso.datetime({ precision: 6 });
const position = z.number().nonnegative();

/** Recorded seconds a second; `max` is as fast as can be. */
const Speed = z.union([z.number().min(0.01).max(1_000_000), z.literal('max')], { error: 'a number from 0.01 to 1000000, or "max"' });
export type Speed = z.infer<typeof Speed>;

export const REPLAY_STEPS = ['next-event', 'previous-event', 'next-finding', 'previous-finding'] as const;
export type ReplayStep = (typeof REPLAY_STEPS)[number];

/** Body of `POST /api/v1/replay`. */
export const Steer = z.discriminatedUnion(
  'do',
  [
    z.strictObject({ do: z.literal('play') }).meta({ description: 'From the end it begins anew' }),
    z.strictObject({ do: z.literal('pause') }),
    z.strictObject({ do: z.literal('speed'), speed: Speed }),
    z
      .strictObject({ do: z.literal('seek'), atMs: position.max(1e12).meta({ unit: 'ms' }) })
      .meta({ description: 'Beyond the end is the end' }),
    z
      .strictObject({ do: z.literal('step'), to: z.enum(REPLAY_STEPS) })
      .meta({ description: 'Pauses, and goes to the next or previous moment at which there were events, or a finding opened' }),
  ],
  { error: 'one of {"do":"play"} {"do":"pause"} {"do":"speed","speed":10} {"do":"seek","atMs":83400} {"do":"step","to":"next-finding"}' },
);
export type Steer = z.infer<typeof Steer>;

/** Where a replay stands; in every status. */
export const ReplayState = z.strictObject({
  turn: z.int().positive().meta({ description: 'One up each time the picture begins anew: after a seek, numbers of events may go back' }),
  atMs: position.meta({ unit: 'ms' }),
  at: At.meta({ description: 'The same by the observed machine’s clock' }),
  ns: z.string().regex(/^\d+$/).meta({ description: 'The same by its CLOCK_MONOTONIC' }),
  spanMs: position.nullable().meta({ unit: 'ms', description: 'How long the capture is; null while that is not known' }),
  playing: z.boolean(),
  ended: z.boolean().meta({ description: 'All of the capture was given to the core' }),
  speed: Speed,
  seeking: z
    .strictObject({ atMs: position.meta({ unit: 'ms' }), toMs: position.nullable() })
    .nullable()
    .meta({ description: 'How far a seek has got, and where it goes; `toMs` null: to the next finding. Null where none is under way' }),
  survey: z
    .strictObject({
      throughMs: position.meta({ unit: 'ms' }),
      findings: z.int().nonnegative(),
      done: z.boolean(),
      fault: z.string().nullable().meta({ description: 'Why the capture cannot be read further; null while it can' }),
    })
    .meta({ description: 'The look ahead through the whole capture, for what is marked on its time line' }),
});
export type ReplayState = z.infer<typeof ReplayState>;

/** A finding of the capture, where it opened and where it was over. */
export const ReplayFinding = z.strictObject({
  id: z.string(),
  detector: z.string(),
  severity: z.enum(SEVERITIES).meta({ description: 'The worst that it came to' }),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
  at: At,
  atMs: position.meta({ unit: 'ms', description: 'There it has just opened' }),
  untilMs: position.nullable().meta({ unit: 'ms', description: 'Null where it stays open' }),
});
export type ReplayFinding = z.infer<typeof ReplayFinding>;

/** Time in which something is known to be missing; those of one cause that lie close are one. */
export const ReplayGap = z.strictObject({
  fromMs: position,
  toMs: position,
  cause: z.string().meta({ description: 'As in a `gap` event' }),
  gaps: z.int().positive(),
});
export type ReplayGap = z.infer<typeof ReplayGap>;

/** Answer of `GET /api/v1/replay`. */
export const ReplayView = z.strictObject({
  state: ReplayState,
  capture: z.strictObject({
    host: z.string(),
    kernel: z.string(),
    title: z.string().nullable(),
    id: z
      .string()
      .nullable()
      .meta({ description: 'Null where it was not frozen: a folder of the flight recorder, or one of its segments' }),
    trigger: Trigger.nullable(),
    reason: z.string().nullable(),
    from: At.meta({ description: 'Position 0 by the observed machine’s clock' }),
    notes: z.array(Note).meta({ description: 'Once the look ahead has come to the end' }),
  }),
  findings: z.array(ReplayFinding).meta({ description: 'As far as the look ahead has come, by position; at most 2,000' }),
  findingsLeftOut: z.int().nonnegative(),
  gaps: z.array(ReplayGap),
});
export type ReplayView = z.infer<typeof ReplayView>;
