import { z } from 'zod';
import { NetstackView } from './netstack.ts';

/** One thing that was looked at. */
export const DoctorRow = z.strictObject({
  name: z.string(),
  value: z.string().meta({ description: 'In words' }),
  evidence: z.string().meta({ description: 'The file or command it was read from' }),
  severity: z.enum(['ok', 'info', 'warning', 'fatal']).meta({ description: '`fatal`: nothing can be observed because of it' }),
  cost: z.string().nullable().meta({ description: 'What is lost by it; null where nothing is' }),
  mend: z.string().nullable().meta({ description: 'What to do about it' }),
});
export type DoctorRow = z.infer<typeof DoctorRow>;

export const DoctorHook = z.strictObject({
  fact: z.string(),
  script: z.string().nullable().meta({ description: 'The script in bpf/ that will be used, without .bt; null where none can attach' }),
  lack: z.string().nullable().meta({ description: 'Why none can attach, or what this variant cannot tell' }),
  severity: z.enum(['ok', 'info', 'warning', 'fatal']),
  cost: z.string().nullable(),
  mend: z.string().nullable(),
});
export type DoctorHook = z.infer<typeof DoctorHook>;

/** A reason why this machine cannot be observed. */
export const DoctorObstacle = z.strictObject({
  code: z.string().meta({ description: 'Stable error code' }),
  message: z.string(),
  mend: z.string(),
});
export type DoctorObstacle = z.infer<typeof DoctorObstacle>;

/** `synoptic doctor --json`. */
export const DoctorReport = z.strictObject({
  observable: z.boolean().meta({ description: 'True exactly where `obstacles` is empty; the command then exits 0, else 3' }),
  obstacles: z.array(DoctorObstacle),
  machine: z.array(DoctorRow),
  hooks: z.array(DoctorHook),
  privileges: z.array(DoctorRow),
  netstack: NetstackView,
});
export type DoctorReport = z.infer<typeof DoctorReport>;
