import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { SynopticError } from '../core/model/errors.ts';
import { printEvent } from '../formats/print-event.ts';
import { count } from '../formats/words/amount.ts';
import { eventsOf } from './capture-events.ts';
import { exportAsCapture } from './export-capture.ts';
import { openRedacted, PLAIN, type Redact } from './redacted.ts';
import { writeAll } from './write-all.ts';

export const EXPORT_FORMATS = ['ndjson', 'capture'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportCommand {
  readonly file: string;
  readonly to: ExportFormat;
  /** @default PLAIN */
  readonly redact?: Redact;
  /** `-` is standard output. */
  readonly out: string;
  readonly stdout: NodeJS.WritableStream;
  /** Where how far it is can be shown; null where nobody looks. */
  readonly terminal: NodeJS.WritableStream | null;
  say(line: string): void;
}

/** How far it is, is shown so often, ms. */
const PROGRESS_MS = 250;

/**
 * `synoptic export`: the events of a capture in another form, never more of them in memory than one sync point's.
 *
 * @returns the exit status.
 * @throws SynopticError what reading the capture throws, REDACT_KEY and OUTPUT_FAILED.
 */
export async function exportCapture({ file, to, redact = PLAIN, out, stdout, terminal, say }: ExportCommand): Promise<number> {
  const capture = await openRedacted(file, redact, say);
  if (to === 'capture') return exportAsCapture({ capture, out, say });
  const { host } = capture.header;
  let events = 0;
  let shownMs = performance.now();
  async function* lines(): AsyncGenerator<string> {
    for await (const step of eventsOf(capture)) {
      let text = '';
      for (const event of step) text += `${printEvent(event, host)}\n`;
      events += step.length;
      yield text;
      if (terminal === null || performance.now() - shownMs < PROGRESS_MS) continue;
      shownMs = performance.now();
      terminal.write(`\r${count(events)} events`);
    }
  }
  const whole = out === '-' ? await writeAll(lines(), stdout) : await toFile(lines(), out);
  terminal?.write('\r');
  if (whole) say(`${count(events)} events written`);
  return 0;
}

async function toFile(lines: AsyncIterable<string>, path: string): Promise<boolean> {
  const stream = createWriteStream(path, { mode: 0o600 });
  stream.on('error', () => undefined);
  try {
    const whole = await writeAll(lines, stream);
    stream.end();
    await finished(stream);
    return whole;
  } catch (cause) {
    stream.destroy();
    if (cause instanceof SynopticError) throw cause;
    throw new SynopticError('OUTPUT_FAILED', `The output cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      where: path,
      mend: 'make room, or write elsewhere',
      cause,
    });
  }
}
