import type { Advice, Confidence, Evidence, Severity, Subject } from '../model/finding.ts';

/** How a symptom stands: cheap to give, at each look. */
export interface Standing {
  readonly severity: Severity;
  /** As the evidence alone would have it; what could not be seen lowers it. */
  readonly confidence: Confidence;
  /** When it began, CLOCK_MONOTONIC ns; of a finding that is open already the first one counts. */
  readonly sinceNs: number;
  /** How bad it is, in a unit of the detector's own: a change by a quarter is worth an update. */
  readonly size: number;
}

/** The words, made only where they are told. */
export interface Told {
  readonly subject: Subject;
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  readonly against?: readonly Evidence[];
  readonly advice?: readonly Advice[];
}
