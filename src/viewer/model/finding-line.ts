import type { FindingEventWire } from '../../formats/event.ts';
import type { FindingStep } from './finding-list.ts';
import { microseconds } from './server-clock.ts';

/** A finding's time as a picture: ms since 1970. */
export interface FindingLine {
  readonly fromMs: number;
  /** Now, or when it was resolved. */
  readonly toMs: number;
  readonly over: boolean;
  /** When it was told first; null where this page did not hear of that. */
  readonly noticedMs: number | null;
  readonly steps: readonly { readonly atMs: number; readonly step: FindingStep }[];
  /** Events of its evidence whose moment this page knows. */
  readonly seen: readonly { readonly atMs: number; readonly seq: number }[];
}

/** @param at the moment of an event by its number, RFC 3339; null where this page does not hold it. @param nowMs by the service's clock. */
export function findingLine(
  finding: FindingEventWire,
  steps: readonly FindingStep[],
  at: (seq: number) => string | null,
  nowMs: number,
): FindingLine {
  const over = finding.phase === 'resolved';
  const fromMs = ms(finding.since);
  const told = ms(finding.at);
  const seqs = new Set(finding.evidence.flatMap(({ seqs: some }) => some));
  const seen = [...seqs].flatMap((seq) => {
    const when = at(seq);
    return when === null ? [] : [{ atMs: ms(when), seq }];
  });
  const opened = steps.find(({ phase }) => phase === 'open');
  return {
    ...{ fromMs: Math.min(fromMs, ...seen.map(({ atMs }) => atMs)), over, noticedMs: opened === undefined ? null : ms(opened.at) },
    toMs: Math.max(over ? told : nowMs, told, fromMs + 1),
    steps: steps.map((step) => ({ atMs: ms(step.at), step })),
    seen: seen.sort((a, b) => a.atMs - b.atMs),
  };
}

function ms(at: string): number {
  return microseconds(at) / 1000;
}
