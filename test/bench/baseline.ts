import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { z } from 'zod';
import type { Report } from './benchmark.ts';
import { summaryOf } from './statistics.ts';

const Machine = z.strictObject({
  cpu: z.string(),
  cores: z.int().positive(),
  kernel: z.string(),
  node: z.string(),
  /** By place: system, trixie, sid. */
  bpftraces: z.record(z.string(), z.string()),
});
export type Machine = z.infer<typeof Machine>;

const SavedFigure = z.strictObject({ unit: z.string(), median: z.number(), min: z.number(), max: z.number(), count: z.int().positive() });

/** test/bench/baseline.json: what was measured last on one machine, by benchmark and figure. */
export const Baseline = z.strictObject({
  machine: Machine,
  benchmarks: z.record(z.string(), z.strictObject({ date: z.iso.date(), figures: z.record(z.string(), SavedFigure) })),
});
export type Baseline = z.infer<typeof Baseline>;

export function machineNow(bpftraces: Readonly<Record<string, string>>): Machine {
  const cpu = cpus()[0]?.model.trim().replace(/\s+/g, ' ') ?? 'unknown';
  return { cpu, cores: availableParallelism(), kernel: release(), node: process.version, bpftraces: { ...bpftraces } };
}

/** Null where there is none yet. @throws Error where the file is damaged. */
export function readBaseline(path: string): Baseline | null {
  if (!existsSync(path)) return null;
  try {
    return Baseline.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`${path} is damaged: correct it, or delete it and save a new one`, { cause });
  }
}

export function writeBaseline(path: string, baseline: Baseline): void {
  writeFileSync(path, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** Puts what was measured in place of what stood there. Figures of another machine are no baseline for this one: they go. */
export function merged(before: Baseline | null, machine: Machine, reports: ReadonlyMap<string, Report>, date: string): Baseline {
  const kept = before !== null && sameMachine(before.machine, machine) ? before : null;
  const benchmarks = { ...kept?.benchmarks };
  for (const [name, { figures }] of reports) {
    const saved = figures.flatMap((figure) => {
      const summary = summaryOf(figure.values);
      return summary === null ? [] : [[figure.name, { unit: figure.unit, ...summary }] as const];
    });
    benchmarks[name] = { date, figures: Object.fromEntries(saved) };
  }
  return { machine: { ...machine, bpftraces: { ...kept?.machine.bpftraces, ...machine.bpftraces } }, benchmarks };
}

/** Whether figures of one may be held against figures of the other. */
export function sameMachine(a: Machine, b: Machine): boolean {
  return a.cpu === b.cpu && a.cores === b.cores && a.kernel === b.kernel;
}
