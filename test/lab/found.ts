import type { Event } from '../../src/core/model/event.ts';
import { CONFIDENCES, type Confidence, SEVERITIES, type Severity } from '../../src/core/model/finding.ts';
import type { Symptom, Truth } from './scenario.ts';
import { isAbout } from './seen.ts';

/** What one detector made of one play. */
export interface Found {
  readonly detector: string;
  /** From the cause to its first finding, ms. A look-alike has no cause: from the beginning of the play. */
  readonly afterMs: number;
  /** The most that they came to. */
  readonly severity: Severity;
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

/** What the findings of a play come to. */
export function rowOf(truth: Truth, events: readonly Event[]): Row {
  const causeNs = truth.due?.causeNs ?? truth.beganNs;
  const found = new Map<string, Found>();
  for (const event of events) {
    if (event.kind !== 'finding' || event.phase === 'resolved' || !isAbout(truth, event)) continue;
    const { detector, severity, confidence } = event;
    const before = found.get(detector);
    const afterMs = before?.afterMs ?? (event.ns - causeNs) / 1e6;
    found.set(detector, {
      ...{ detector, afterMs },
      severity: further(SEVERITIES, before?.severity, severity),
      confidence: further(CONFIDENCES, before?.confidence, confidence),
    });
  }
  return { scenario: truth.name, symptom: truth.symptom, earliestMs: truth.due?.suspectedMs ?? null, found: [...found.values()] };
}

function further<T>(scale: readonly T[], a: T | undefined, b: T): T {
  return a !== undefined && scale.indexOf(a) > scale.indexOf(b) ? a : b;
}

/** Several runs of each scenario as a table, look-alikes last. What others found that is only worth knowing (`info`) blames nobody and is left out. */
export function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ scenario }) => scenario))];
  const lines = names.map((name) => lineOf(rows.filter(({ scenario }) => scenario === name)));
  lines.sort((a, b) => Number(a.lookalike) - Number(b.lookalike) || a.cells.join().localeCompare(b.cells.join()));
  const head = ['detector', 'scenario', 'runs found', 'found after (ms)', 'earliest (ms)', 'severity', 'confidence', 'others'];
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
  const blaming = runs.flatMap(({ found }) => found.filter(({ severity }) => severity !== 'info'));
  const others = [...new Set(blaming.map(({ detector }) => detector))].filter((name) => name !== symptom);
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
      [...new Set(own.map(({ severity }) => severity))].join(', '),
      [...new Set(own.map(({ confidence }) => confidence))].join(', '),
      others.join(' '),
    ],
  };
}
