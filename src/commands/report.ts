import type { Hook } from '../core/model/hook.ts';
import { Gathered } from '../export/report/gather.ts';
import { pageOf, titleOf } from '../export/report/page.ts';
import { printHtml } from '../export/report/print-html.ts';
import { printMarkdown } from '../export/report/print-markdown.ts';
import type { Capture } from '../sources/replay/capture-file.ts';
import { eventsOf } from './capture-events.ts';
import type { ReportFormat } from './output-formats.ts';
import { openRedacted, PLAIN, type Redact } from './redacted.ts';
import { startOf } from './replay-session.ts';
import { writeAll } from './write-all.ts';

export interface ReportCommand {
  readonly file: string;
  readonly format: ReportFormat;
  /** @default PLAIN */
  readonly redact?: Redact;
  readonly stdout: NodeJS.WritableStream;
  say(line: string): void;
}

/**
 * `synoptic report`: one page about a capture, fit for a postmortem, on standard output.
 *
 * @returns the exit status.
 * @throws SynopticError what reading the capture throws, REDACT_KEY and OUTPUT_FAILED.
 */
export async function report({ file, format, redact = PLAIN, stdout, say }: ReportCommand): Promise<number> {
  const capture = await openRedacted(file, redact, say);
  const { header } = capture;
  const { wallUs } = await startOf(capture);
  const hooks = await hooksOf(capture);
  const gathered = new Gathered(header.host, wallUs);
  for await (const events of eventsOf(capture)) for (const event of events) gathered.accept(event);
  gathered.end();
  const blocks = pageOf({ header, notes: capture.notes, hooks, gathered });
  const text = format === 'md' ? printMarkdown(blocks) : printHtml(blocks, titleOf(header));
  await writeAll(only(text), stdout);
  return 0;
}

/** What was observed when the capture began, and what was not. */
async function hooksOf(capture: Capture): Promise<readonly Hook[]> {
  for await (const inputs of capture.inputs()) {
    const up = inputs.find((input) => input.type === 'kernel-up');
    if (up !== undefined) return up.hooks;
  }
  return [];
}

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}
