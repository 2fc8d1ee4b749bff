import type { CaptureSummary } from '../../formats/capture/summary.ts';

type Span = Pick<CaptureSummary, 'from' | 'to' | 'state' | 'trigger' | 'at'>;

/** RFC 3339 with microseconds sorts as text. */
function tells({ from, to }: Span, since: string): boolean {
  return from !== null && to !== null && from <= since && since <= to;
}

/** The capture that tells of a finding: one whose time its beginning is in, at best one that was frozen for a finding; or one that waits. */
export function captureOf<T extends Span>(since: string, captures: readonly T[]): T | null {
  const telling = captures.filter((capture) => capture.state !== 'failed' && tells(capture, since));
  const waiting = captures.find(({ state, trigger, at }) => state === 'waiting' && trigger === 'finding' && at >= since);
  return telling.find(({ trigger }) => trigger === 'finding') ?? telling[0] ?? waiting ?? null;
}

/** Those of the findings that a capture tells of. */
export function findingsOf<T extends { readonly since: string }>(capture: Span, findings: readonly T[]): T[] {
  return findings.filter(({ since }) => tells(capture, since));
}
