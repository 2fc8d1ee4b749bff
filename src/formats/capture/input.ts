import { z } from 'zod';
import type { Input, KernelUpInput, StartInput } from '../../core/model/input.ts';
import { Namespaces, Owners } from './owned.ts';
import { Dialled, Probe } from './probed.ts';
import { Ends, Ns, Number64, WallUs } from './quantity.ts';
import { Counters, Queues, Sampled, Sockets, Sysctls } from './sampled.ts';

/**
 * Inputs as a capture holds them: whoever replays one gives the core nothing else, whoever wrote it. Names that a newer Synoptic has added
 * are let through; each kind is as src/core/model/input.ts describes it.
 */
const Reasons = z.record(z.string().regex(/^\d{1,10}$/), z.string());

export const Start = z.looseObject({
  ...{ type: z.literal('start'), atNs: Ns, wallUs: WallUs, host: z.string(), kernel: z.string(), netns: Number64 },
  ...{ dropReasons: Reasons, resetReasons: Reasons, canaryPort: Number64, pid: Number64.nullable().exactOptional() },
  owners: z.boolean().exactOptional(),
}) satisfies z.ZodType<StartInput>;

const Hook = z.looseObject({ fact: z.string(), script: z.string().nullable(), lack: z.string().nullable() });

export const KernelUp = z.looseObject({
  ...{ type: z.literal('kernel-up'), atNs: Ns, running: z.literal(true).exactOptional(), version: z.string(), hooks: z.array(Hook) },
}) satisfies z.ZodType<KernelUpInput>;

const OTHERS = {
  start: Start,
  'kernel-up': KernelUp,
  kernel: z.looseObject({ type: z.literal('kernel'), atNs: Ns, text: z.string() }),
  'kernel-down': z.looseObject({ type: z.literal('kernel-down'), atNs: Ns, reason: z.string(), asked: z.literal(true).exactOptional() }),
  lost: z.looseObject({ type: z.literal('lost'), atNs: Ns, count: Number64 }),
  skipped: z.looseObject({ type: z.literal('skipped'), atNs: Ns, total: Number64 }),
  canary: z.looseObject({ type: z.literal('canary'), atNs: Ns, beforeNs: Ns, afterNs: Ns, ...Ends }),
  sockets: Sockets,
  counters: Counters,
  queues: Queues,
  sysctls: Sysctls,
  unsampled: z.looseObject({ type: z.literal('unsampled'), atNs: Ns, why: z.string() }),
  dialled: Dialled,
  probe: Probe,
  owners: Owners,
  namespaces: Namespaces,
  tick: z.looseObject({ type: z.literal('tick'), atNs: Ns, wallUs: WallUs }),
} satisfies Record<Input['type'], z.ZodType>;

/** What is wrong with a value that should be an input, in words; null where it is one. */
export function inputFault(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('atNs' in value)) return 'has no type or time';
  if (typeof value.type !== 'string' || !Object.hasOwn(OTHERS, value.type)) return 'is of an unknown type';
  return faultOf(OTHERS[value.type as Input['type']], value);
}

/** The same for a socket of a listing that is given in parts. */
export function sampledFault(value: unknown): string | null {
  return faultOf(Sampled, value);
}

function faultOf(schema: z.ZodType, value: unknown): string | null {
  const { error } = schema.safeParse(value);
  return error === undefined ? null : 'holds something else than its type says';
}
