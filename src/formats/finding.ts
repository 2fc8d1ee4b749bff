import { z } from 'zod';
import { CONFIDENCES, FINDING_PHASES, SEVERITIES, SUBJECT_TYPES } from '../core/model/finding.ts';
import { OwnerWire } from './owner.ts';

/** A finding on the wire, see core/model/finding.ts: what is wrong, on what evidence, and what it is not. */
const Port = z.int().min(0).max(65535);

const Evidence = z.strictObject({
  words: z.string(),
  seqs: z.array(z.int().positive()).readonly().meta({ description: 'Numbers of the events that show it, the latest few' }),
  figures: z.record(z.string(), z.number()).readonly().meta({ description: 'The same for programs; the unit is in the name' }),
});

const Subject = z.strictObject({
  type: z.enum(SUBJECT_TYPES),
  netns: z.int().positive().nullable(),
  laddr: z.string().nullable(),
  lport: Port.nullable(),
  raddr: z.string().nullable(),
  rport: Port.nullable(),
  pid: z.int().positive().nullable().meta({ description: 'Owner of the one socket or listener it is about' }),
  comm: z.string().nullable(),
  owner: OwnerWire.nullable().meta({ description: 'Where that process runs' }),
  netnsName: z.string().nullable().meta({ description: 'Name of the network namespace; null where it has none' }),
  probe: z.string().nullable(),
  network: z.string().nullable().meta({ description: 'A subnet in CIDR form, or an interface' }),
  sockets: z
    .array(z.strictObject({ sock: z.int().positive().nullable(), laddr: z.string(), lport: Port, raddr: z.string(), rport: Port }))
    .readonly()
    .meta({ description: 'The first few' }),
  socketsTotal: z.int().nonnegative(),
});

const Advice = z.strictObject({
  words: z.string().meta({ description: 'What to do, and what it costs' }),
  setting: z.string().nullable().meta({ description: 'A sysctl or option' }),
  from: z.string().nullable(),
  to: z.string().nullable(),
  check: z.string().nullable().meta({ description: 'A command that shows whether it holds' }),
});

/** The fields of a finding beside those of every event. */
export const FINDING = {
  id: z.string().meta({ description: 'One a finding, the same in all its phases' }),
  detector: z.string(),
  phase: z.enum(FINDING_PHASES),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES).meta({ description: 'One step lower where something in its time could not be seen' }),
  subject: Subject,
  since: z.iso.datetime({ precision: 6 }).meta({ description: 'When it began, not when it was noticed' }),
  summary: z.string(),
  evidence: z.array(Evidence).readonly(),
  against: z.array(Evidence).readonly().meta({ description: 'What speaks against it, or what it does not mean' }),
  completeness: z.strictObject({
    whole: z.boolean(),
    gaps: z.array(z.int().positive()).readonly().meta({ description: 'Numbers of the gap events in its time' }),
    share: z.int().positive().meta({ description: 'One socket in so many was told; 1: every one' }),
    words: z.string().nullable(),
  }),
  advice: z.array(Advice).readonly(),
} as const;
