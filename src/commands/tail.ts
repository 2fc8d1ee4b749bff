import { hostname } from 'node:os';
import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import { isUnobserved } from '../core/model/hook.ts';
import { eventLine } from '../export/event-line.ts';
import { wireOf } from '../formats/event.ts';
import { parseFilter } from '../formats/filter.ts';
import { printEvent } from '../formats/print-event.ts';
import { becomeUser, userOf } from './become-user.ts';
import { hasColour } from './colour.ts';
import { LeftOut } from './left-out.ts';
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
  const user = options.config.user === null ? null : userOf(options.config.user);
  const host = hostname();
  const line = lineOf(options);
  const left = new LeftOut();
  const onEvents = (events: readonly Event[]): void => {
    let text = '';
    for (const event of events) {
      if (!options.canaries && 'probe' in event && event.probe === 'canary') continue;
      if (!filter.matches(event, host)) continue;
      if (stdout.writableLength > MAX_WAITING) left.add(event);
      else text += left.told(line, host) + line(event, host);
    }
    if (text !== '') stdout.write(text);
  };
  let failed: string | null = null;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has seen enough: that is how a pipe ends, not a failure.
    if (error.code === 'EPIPE') stop.stop();
    else {
      failed = new SynopticError('OUTPUT_FAILED', `Standard output cannot be written: ${error.message}`, {
        mend: 'make room, or write elsewhere',
      }).text;
      stop.stop();
    }
  });
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
  if (user !== null && !stop.asked) becomeUser(user);
  for (const hook of session.view.status().hooks) {
    if (isUnobserved(hook)) say(`not observed: ${hook.fact} (${hook.lack ?? 'no reason known'})`);
  }
  if (!stop.asked) say('ready');
  await stop.stopped;
  if (stdout.writable) stdout.write(left.told(line, host));
  if (failed !== null) say(failed);
  return failed === null ? 0 : 1;
}

function lineOf({ format, stdout }: TailOptions): (event: Event, host: string) => string {
  if (format === 'ndjson') return (event, host) => `${printEvent(event, host)}\n`;
  const colour = hasColour(stdout, process.env);
  return (event, host) => `${eventLine(wireOf(event, host), colour)}\n`;
}
