import type { Event, FindingEvent } from '../../src/core/model/event.ts';
import type { Confidence } from '../../src/core/model/finding.ts';
import { CONFIDENCES } from '../../src/core/model/finding.ts';
import type { Symptom, Truth } from './scenario.ts';
import { isAbout } from './seen.ts';

/** What one detector made of one play. */
export interface Found {
  readonly detector: string;
  /** From the cause to the first finding that is more than worth knowing, ms. A look-alike has no cause: from the beginning of the play. */
  readonly afterMs: number;
  readonly severity: FindingEvent['severity'];
  /** The most that it came to. */
  readonly confidence: Confidence;
}

/** One play: what it was about, and who found what. */
export interface Row {
  readonly scenario: string;
  /** Null: a look-alike. */
  readonly symptom: Symptom | null;
  /** The earliest moment after the cause that the kernel allows, ms; null: never from what it tells. */
  readonly earliestMs: number | null;
  readonly found: readonly Found[];
}

/** What the findings of a play come to. Those that are only worth knowing (`info`) blame nobody and are left out. */
export function rowOf(truth: Truth, events: readonly Event[]): Row {
  const causeNs = truth.due?.causeNs ?? truth.beganNs;
  const found = new Map<string, Found>();
  for (const event of events) {
    if (event.kind !== 'finding' || event.phase === 'resolved' || event.severity === 'info' || !isAbout(truth, event)) continue;
    const { detector, severity, confidence } = event;
    const before = found.get(detector);
    const afterMs = before?.afterMs ?? (event.ns - causeNs) / 1e6;
    found.set(detector, { detector, afterMs, severity: before?.severity ?? severity, confidence: surer(before?.confidence, confidence) });
  }
  return { scenario: truth.name, symptom: truth.symptom, earliestMs: truth.due?.suspectedMs ?? null, found: [...found.values()] };
}

function surer(a: Confidence | undefined, b: Confidence): Confidence {
  return a !== undefined && CONFIDENCES.indexOf(a) > CONFIDENCES.indexOf(b) ? a : b;
}

/** Several runs of each scenario as a table, look-alikes last. */
export function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ scenario }) => scenario))];
  const lines = names.map((name) => lineOf(rows.filter(({ scenario }) => scenario === name)));
  lines.sort((a, b) => Number(a.lookalike) - Number(b.lookalike) || a.cells.join().localeCompare(b.cells.join()));
  const head = ['detector', 'scenario', 'runs found', 'found after (ms)', 'earliest (ms)', 'confidence', 'others'];
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map(({ cells }) => cells[at]?.length ?? 0)));
  const print = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [print(head), ...lines.map(({ cells }) => print(cells))].join('\n');
}

function lineOf(runs: readonly Row[]): { readonly lookalike: boolean; readonly cells: readonly string[] } {
  const [{ scenario, symptom } = { scenario: '', symptom: null }] = runs;
  const own = runs.flatMap(({ found }) => found.filter(({ detector }) => detector === symptom));
  const others = [...new Set(runs.flatMap(({ found }) => found.map(({ detector }) => detector)))].filter((name) => name !== symptom);
  const after = own.map(({ afterMs }) => Math.round(afterMs)).sort((a, b) => a - b);
  const earliest = runs.map(({ earliestMs }) => earliestMs).filter((ms) => ms !== null);
  const [least, most] = [after[0], after.at(-1)];
  return {
    lookalike: symptom === null,
    cells: [
      symptom ?? '(must stay silent)',
      scenario,
      symptom === null ? '' : `${own.length} of ${runs.length}`,
      least === undefined || most === undefined ? '' : least === most ? String(least) : `${least} – ${most}`,
      earliest.length === 0 ? (symptom === null ? '' : 'never') : String(Math.round(Math.min(...earliest))),
      [...new Set(own.map(({ confidence }) => confidence))].join(', '),
      others.join(' '),
    ],
  };
}
