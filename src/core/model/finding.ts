import type { FourTuple } from './four-tuple.ts';
import type { Owner } from './owner.ts';

/** How much it matters: `info` is worth knowing, `warning` will hurt, `critical` hurts now. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How sure: `suspected` fits a few signs, `consistent` fits all that was seen, `confirmed` is what the kernel itself says. */
export const CONFIDENCES = ['suspected', 'consistent', 'confirmed'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export const FINDING_PHASES = ['open', 'update', 'resolved'] as const;
export type FindingPhase = (typeof FINDING_PHASES)[number];

/**
 * What a finding is about. `peer`: a remote address, with or without port. `service`: a listener here. `probe`: one of our own.
 * `port-pool`: the local ports towards one destination. `sockets`: those listed. `network`: a subnet or an interface. `namespace`: all of one.
 */
export const SUBJECT_TYPES = ['peer', 'service', 'probe', 'port-pool', 'sockets', 'network', 'namespace'] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** Every part is null where it is not part of the subject, or not known. */
export interface Subject {
  readonly type: SubjectType;
  readonly netns: number | null;
  readonly laddr: string | null;
  readonly lport: number | null;
  readonly raddr: string | null;
  readonly rport: number | null;
  /** Owner of the one socket or listener it is about. */
  readonly pid: number | null;
  readonly comm: string | null;
  /** Where that process runs, and what its network namespace is called: filled in where the finding is told. */
  readonly owner: Owner | null;
  readonly netnsName: string | null;
  /** Which of our own probes. */
  readonly probe: string | null;
  /** A subnet in CIDR form, or an interface's name. */
  readonly network: string | null;
  /** The sockets it is about, the first few; all of them are `socketsTotal`. */
  readonly sockets: readonly SubjectSocket[];
  readonly socketsTotal: number;
}

export interface SubjectSocket extends FourTuple {
  readonly sock: number | null;
}

/** Sockets that a subject lists, event numbers that one piece of evidence names. */
export const MAX_LISTED = 16;

/** One thing that was seen. */
export interface Evidence {
  /** A sentence with its figures. */
  readonly words: string;
  /** Numbers of the events that show it, the latest few; empty where a sample showed it. */
  readonly seqs: readonly number[];
  /** The same figures for programs; the unit is in the name: `perSecond`, `ageMs`. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What to check or change. Nothing is ever changed by Synoptic. */
export interface Advice {
  /** What to do, and what it costs. */
  readonly words: string;
  /** A sysctl or option, where it is one. */
  readonly setting: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** A command that shows whether it holds. */
  readonly check: string | null;
}

/** What could not be seen from the beginning of the finding until now. */
export interface FindingCompleteness {
  /** Nothing is known to be missing. */
  readonly whole: boolean;
  /** Numbers of the gap events that overlap it, the latest few. */
  readonly gaps: readonly number[];
  /** One socket in so many was told; 1: every one. The largest in its time. */
  readonly share: number;
  /** In one sentence; null where it is whole. */
  readonly words: string | null;
}

/** What a detector says, before it is an event. */
export interface Finding {
  /** One a finding, the same in all its phases: `accept-queue-1234`. */
  readonly id: string;
  readonly detector: string;
  readonly phase: FindingPhase;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly subject: Subject;
  /** When it began, µs since 1970: not when it was noticed. */
  readonly since: number;
  /** One sentence a tired person understands; of a resolved one: what cleared it. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** What speaks against it, or what it does not mean. */
  readonly against: readonly Evidence[];
  readonly completeness: FindingCompleteness;
  readonly advice: readonly Advice[];
}

/** A subject; what is left out is null. */
export function subject(type: SubjectType, parts: Partial<Omit<Subject, 'type' | 'owner' | 'netnsName'>> = {}): Subject {
  const { netns = null, laddr = null, lport = null, raddr = null, rport = null } = parts;
  const { pid = null, comm = null, probe = null, network = null, sockets = [], socketsTotal = sockets.length } = parts;
  const ends = { laddr, lport, raddr, rport };
  const who = { pid, comm, owner: null, netnsName: null };
  const listed = sockets.slice(0, MAX_LISTED).map(onlyEnds);
  return { type, netns, ...ends, ...who, probe, network, sockets: listed, socketsTotal };
}

/** Whoever lists what they keep of sockets gives more, and what leaves the process is exactly this. */
function onlyEnds({ sock, laddr, lport, raddr, rport }: SubjectSocket): SubjectSocket {
  return { sock, laddr, lport, raddr, rport };
}

/** A piece of evidence. */
export function evidence(words: string, figures: Readonly<Record<string, number>> = {}, seqs: readonly number[] = []): Evidence {
  return { words, seqs: seqs.slice(-MAX_LISTED), figures };
}

/** A piece of advice. */
export function advice(words: string, parts: Partial<Omit<Advice, 'words'>> = {}): Advice {
  const { setting = null, from = null, to = null, check = null } = parts;
  return { words, setting, from, to, check };
}
