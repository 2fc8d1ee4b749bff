/** Measures what the product promises, from outside: scripts/bench, which runs this, is its manual. */
import { writeFileSync } from 'node:fs';
import { type Baseline, machineNow, merged, readBaseline, sameMachine, writeBaseline } from './baseline.ts';
import type { Benchmark, Report } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { type Bpftrace, PLACES } from './bpftraces.ts';
import { type Options, parseOptions, UsageError } from './options.ts';
import { BASELINE } from './places.ts';
import { LackError, prepare } from './prepare.ts';
import { brokenPromises, printed } from './printed.ts';
import { wrapped } from './table.ts';

const EXIT = { fine: 0, failed: 1, usage: 2, lack: 3, interrupted: 130 };

/** @returns the exit status. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(argv, BENCHMARKS);
  const baseline = readBaseline(BASELINE);
  await using stack = new AsyncDisposableStack();
  const compares = options.benchmarks.some(({ each }) => each);
  const places = options.places ?? (compares ? PLACES : (['system'] as const));
  const bpftraces = await prepare(places, { stack, signal, say: tell });
  const machine = machineNow(Object.fromEntries(bpftraces.map(({ place, version }) => [place, version])));
  const shown = bpftraces.map(({ place, version }) => `${version} (${place})`).join(', ');
  console.log(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}, bpftrace ${shown}`);
  if (options.quick) console.log('quick: shortened to show that it runs; these figures prove nothing');
  if (baseline !== null && !sameMachine(baseline.machine, machine)) console.log('the baseline is another machine’s, and is not shown');
  const comparable = baseline !== null && sameMachine(baseline.machine, machine) ? baseline : null;
  const reports = new Map<string, Report>();
  let broken = 0;
  for (const benchmark of options.benchmarks) {
    try {
      const report = await measure(benchmark, bpftraces, options, signal);
      reports.set(benchmark.name, report);
      console.log(`\n${wrapped(benchmark.about)}\n${printed(report, beforeIn(comparable, benchmark.name), options.quick)}`);
      broken += brokenPromises(report, options.quick);
    } catch (error) {
      signal.throwIfAborted();
      broken++;
      console.log(
        `\n${wrapped(benchmark.about)}\n${benchmark.name}: not measured: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const date = new Date().toISOString().slice(0, 10);
  if (options.json !== null) {
    const measured = { machine, date, quick: options.quick, rounds: options.rounds, benchmarks: Object.fromEntries(reports) };
    writeFileSync(options.json, `${JSON.stringify(measured, null, 2)}\n`);
  }
  if (options.save) writeBaseline(BASELINE, merged(baseline, machine, reports, date));
  return broken === 0 ? EXIT.fine : EXIT.failed;
}

async function measure(benchmark: Benchmark, bpftraces: readonly Bpftrace[], options: Options, signal: AbortSignal): Promise<Report> {
  const { rounds, quick, long } = options;
  const say = (line: string): void => tell(`${benchmark.name}: ${line}`);
  return benchmark.run({ bpftraces: benchmark.each ? bpftraces : bpftraces.slice(0, 1), rounds, quick, long, signal, say });
}

function beforeIn(baseline: Baseline | null, benchmark: string): (figure: string) => number | null {
  return (figure) => baseline?.benchmarks[benchmark]?.figures[figure]?.median ?? null;
}

/** How far it is, and what is wrong: on stderr, so that the tables can be kept. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Aborted by the first signal; a second one ends at once, and may leave things behind. */
function stopping(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      tell('stopping …');
      controller.abort();
    });
  }
  return controller.signal;
}

const signal = stopping();
try {
  process.exitCode = await main(process.argv.slice(2), signal);
} catch (error) {
  const said = error instanceof UsageError ? EXIT.usage : error instanceof LackError ? EXIT.lack : EXIT.failed;
  process.exitCode = signal.aborted ? EXIT.interrupted : said;
  if (!signal.aborted) tell(`bench: ${said === EXIT.failed && error instanceof Error ? (error.stack ?? error.message) : wordsOf(error)}`);
  if (said === EXIT.usage) tell('  (scripts/bench --help tells all)');
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
