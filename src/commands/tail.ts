import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import { eventLine } from '../export/event-line.ts';
import { printEvent, wireOf } from '../formats/event.ts';
import { parseFilter } from '../formats/filter.ts';
import { LiveSession } from './live-session.ts';
import type { StopSignal } from './stop-signal.ts';

export interface TailOptions {
  readonly config: Config;
  readonly format: 'text' | 'ndjson';
  /** FILTER terms, one or more to an argument. */
  readonly filter: readonly string[];
  /** Also our own canary connections. */
  readonly canaries: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stop: StopSignal;
  say(line: string): void;
}

/** More than this waiting in a pipe that nobody reads, bytes: then events are left out, counted, and told once it is read again. */
const MAX_WAITING = 64 * 1024 * 1024;

/**
 * `synoptic tail`: events on standard output, one a line, until stopped or until nobody reads any more.
 *
 * @returns the exit status.
 * @throws SynopticError FILTER_SYNTAX, and what {@link LiveSession.open} throws.
 */
export async function tail(options: TailOptions): Promise<number> {
  const { stdout, stop, say } = options;
  const filter = parseFilter(options.filter);
  let host = '';
  let left = 0;
  const line = lineOf(options);
  const onEvents = (events: readonly Event[]): void => {
    let text = '';
    for (const event of events) {
      if (!options.canaries && 'probe' in event && event.probe === 'canary') continue;
      if (!filter.matches(event, host)) continue;
      if (stdout.writableLength > MAX_WAITING) left++;
      else text += line(event, host);
    }
    if (text === '') return;
    stdout.write(text);
    if (left > 0) say(`${left} events were left out: what reads this output is too slow`);
    left = 0;
  };
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has seen enough: that is how a pipe ends, not a failure.
    if (error.code === 'EPIPE') stop.stop();
    else throw new SynopticError('INTERNAL', `standard output failed: ${error.message}`, { cause: error });
  });
  let failed: string | null = null;
  await using session = await LiveSession.open({
    config: options.config,
    warn: say,
    onEvents,
    onEnd: (reason) => {
      failed = reason;
      stop.stop();
    },
    stopping: () => stop.asked,
  });
  host = session.view.status().host;
  for (const { fact, script, lack } of session.view.status().hooks) {
    if (script === null) say(`not observed: ${fact} (${lack ?? 'no reason known'})`);
  }
  if (!stop.asked) say('ready');
  await stop.stopped;
  if (failed !== null) say(failed);
  return failed === null ? 0 : 1;
}

function lineOf({ format, stdout }: TailOptions): (event: Event, host: string) => string {
  if (format === 'ndjson') return (event, host) => `${printEvent(event, host)}\n`;
  const colour = stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  return (event, host) => `${eventLine(wireOf(event, host), colour)}\n`;
}
