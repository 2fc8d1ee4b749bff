import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import { printEvent } from '../formats/print-event.ts';
import type { Speed } from '../formats/replay.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import { openCapture } from '../sources/replay/capture-file.ts';
import { eventsOf } from './capture-events.ts';
import { logStream } from './log-stream.ts';
import { ReplaySession } from './replay-session.ts';
import { type Serving, serve } from './serve.ts';
import type { StopSignal } from './stop-signal.ts';
import { writeAll } from './write-all.ts';

export interface ReplayCommand {
  readonly file: string;
  readonly config: Config;
  readonly speed: Speed;
  readonly stop: StopSignal;
  say(line: string): void;
}

/**
 * `synoptic replay`: a capture through the same pipeline, served like a live observation until stopped.
 *
 * @returns the exit status.
 * @throws SynopticError what opening the capture and the server throw.
 */
export async function replay({ file, config, speed, stop, say }: ReplayCommand): Promise<number> {
  const stderr = logStream();
  const log = { level: config.logLevel === 'info' ? 'warn' : config.logLevel, write: stderr.write };
  let failed = false;
  let serving: Serving | null = null;
  const said = new Set<string>();
  const sayOnce = (words: string): void => {
    if (!said.has(words)) say(words);
    said.add(words);
  };
  await using session = await ReplaySession.open({
    file,
    mode: 'replay',
    speed,
    onEvents: (events) => serving?.accept(events),
    onRestart: () => serving?.restart(),
    onChange: () => serving?.tellStatus(),
    // It may be steered back and come here again.
    onEnd: (fault) => {
      failed ||= fault !== null;
      for (const { at, text } of session.capture.notes) sayOnce(`note of ${at}: ${visibleText(text)}`);
      sayOnce(fault === null ? 'the capture ends here; its last state stays served' : wordsOf(fault));
    },
  });
  const fail = (reason: string): void => {
    failed = true;
    say(reason);
    stop.stop();
  };
  await using server = await serve({
    config,
    view: session.view,
    early: [],
    board: null,
    captures: null,
    steering: session.steering,
    webhook: null,
    log,
    onEnd: fail,
  });
  serving = server;
  const { host, kernel, frozen, title, clock } = session.capture.header;
  const from = frozen?.from ?? new Date(clock.wallUs / 1000).toISOString();
  say(visibleText(`REPLAY: a capture of ${host}, Linux ${kernel}, from ${from}${title === null ? '' : `: ${title}`}`));
  say(`serving ${server.server.url}`);
  say('ready');
  session.begin();
  await stop.stopped;
  return failed ? 1 : 0;
}

/**
 * `synoptic replay --findings`: what the pipeline finds in a capture, as lines of JSON.
 *
 * @throws SynopticError what reading the capture throws, and OUTPUT_FAILED.
 */
export async function printFindings(file: string, stdout: NodeJS.WritableStream): Promise<number> {
  const capture = await openCapture(file);
  const { host } = capture.header;
  async function* lines(): AsyncGenerator<string> {
    for await (const events of eventsOf(capture)) {
      for (const event of events) if (event.kind === 'finding') yield `${printEvent(event, host)}\n`;
    }
  }
  await writeAll(lines(), stdout);
  return 0;
}

function wordsOf(fault: unknown): string {
  if (fault instanceof SynopticError) return fault.text;
  return fault instanceof Error ? fault.message : String(fault);
}
