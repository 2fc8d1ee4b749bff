import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SynopticError } from '../core/model/errors.ts';
import type { StartInput } from '../core/model/input.ts';
import type { Exporter } from '../export/exporter.ts';
import { NdjsonExporter } from '../export/ndjson.ts';
import { PerfettoExporter } from '../export/perfetto/exporter.ts';
import type { CaptureHeader } from '../formats/capture/header.ts';
import { count } from '../formats/words/amount.ts';
import { stepsOf } from './capture-events.ts';
import { exportAsCapture } from './export-capture.ts';
import type { ExportFormat } from './output-formats.ts';
import { Progress, type ProgressOptions } from './progress.ts';
import { openRedacted, PLAIN, type Redact } from './redacted.ts';
import { startOf } from './replay-session.ts';
import { Stopped, type StopSignal } from './stop-signal.ts';
import { writeWhole } from './whole-file.ts';
import { writeAll } from './write-all.ts';

export interface ExportCommand {
  readonly file: string;
  readonly to: ExportFormat;
  /** @default PLAIN */
  readonly redact?: Redact;
  /** `-` is standard output. */
  readonly out: string;
  readonly stdout: NodeJS.WritableStream;
  /** Where how far it is can be shown; null where nobody looks. */
  readonly terminal: ProgressOptions['terminal'] | null;
  /** Asked for, the export ends without its file. */
  readonly stop: Pick<StopSignal, 'asked'>;
  say(line: string): void;
}

/**
 * `synoptic export`: the events of a capture in another form, never more of them in memory than one sync point's.
 *
 * @returns the exit status: 1 where it was stopped.
 * @throws SynopticError USAGE, what reading the capture throws, REDACT_KEY and OUTPUT_FAILED.
 */
export async function exportCapture(command: ExportCommand): Promise<number> {
  const { file, to, redact = PLAIN, out, stdout, terminal, stop, say } = command;
  const capture = await openRedacted(file, redact, say);
  if (out !== '-') await refuseItself(file, out);
  if (to === 'capture') return exportAsCapture({ capture, out, stop, say });
  const exporter = await exporterFor(to, capture.header, await startOf(capture));
  using progress = terminal === null ? null : new Progress({ terminal, now: () => performance.now() });
  let events = 0;
  let bytes = 0;
  let stopped = false;
  const taken = (): string | Uint8Array => {
    const piece = exporter.take();
    bytes += piece.length;
    return piece;
  };
  async function* pieces(): AsyncGenerator<string | Uint8Array> {
    for await (const step of stepsOf(capture)) {
      if (stop.asked) throw new Stopped();
      exporter.events(step.events);
      if (step.figures !== null) exporter.figures(step.figures);
      events += step.events.length;
      const piece = taken();
      if (piece.length > 0) yield piece;
      progress?.show({ share: capture.read, events, bytes });
    }
    exporter.end();
    for (let piece = taken(); piece.length > 0; piece = taken()) yield piece;
  }
  const whole = await (out === '-' ? writeAll(pieces(), stdout) : writeWhole(pieces(), out)).catch((fault: unknown) => {
    if (!(fault instanceof Stopped)) throw fault;
    stopped = true;
    return false;
  });
  progress?.[Symbol.dispose]();
  if (stopped) say(out === '-' ? `stopped after ${count(events)} events` : 'stopped: nothing was written');
  else if (whole) say(`${count(events)} events written`);
  return stopped ? 1 : 0;
}

async function exporterFor(
  to: Exclude<ExportFormat, 'capture'>,
  { host, synoptic }: CaptureHeader,
  { netns, atNs: ns, wallUs }: StartInput,
): Promise<Exporter> {
  switch (to) {
    case 'ndjson':
      return new NdjsonExporter(host);
    case 'perfetto':
      return new PerfettoExporter({ host, netns, from: { ns, wallUs } });
    case 'parquet': {
      // Loaded where it is wanted: every other command starts without it.
      const { ParquetExporter } = await import('../export/parquet/exporter.ts');
      return new ParquetExporter({ host, synoptic });
    }
  }
}

/** @throws SynopticError USAGE where the output is the capture itself: it would be lost. */
async function refuseItself(file: string, out: string): Promise<void> {
  const [capture, output] = await Promise.all([stat(file), stat(out).catch(() => null)]);
  if (output === null) return;
  const isIt = capture.ino === output.ino && capture.dev === output.dev;
  const isOfIt = capture.isDirectory() && dirname(await realpath(out)) === (await realpath(file));
  if (isIt || isOfIt)
    throw new SynopticError('USAGE', 'The output would replace the capture', { where: '--out', expected: 'another name' });
}
