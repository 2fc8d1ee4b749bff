import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Event } from '../core/model/event.ts';
import type { Input } from '../core/model/input.ts';
import { wireOf } from '../formats/event.ts';
import { many } from '../formats/words/amount.ts';
import { inWords } from '../formats/words/event-words.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { Observation } from '../sinks/observation.ts';
import { becomeUser, userOf } from './become-user.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { LiveSession } from './live-session.ts';
import { makeRoom } from './make-room.ts';
import { ReplaySession } from './replay-session.ts';
import { serve } from './serve.ts';
import type { StopSignal } from './stop-signal.ts';

export interface ObserveOptions {
  readonly config: Config;
  readonly demo: boolean;
  readonly stop: StopSignal;
  say(line: string): void;
}

/** The recorded incident, for those without root or BPF. */
const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));

/** What both a live and a demo session are. */
interface Session extends AsyncDisposable {
  readonly view: Observation;
}

/**
 * `synoptic observe`: observes, records, serves, until stopped.
 *
 * @returns the exit status.
 * @throws SynopticError what the session and the server throw on the way up.
 */
export async function observe({ config, demo, stop, say }: ObserveOptions): Promise<number> {
  const stderr = pino.destination(2);
  const log = pino({ level: config.logLevel }, stderr);
  // Where it serves is said once, in words; the server's own talk of it is for debugging.
  const serverLog = { level: config.logLevel === 'info' ? 'warn' : config.logLevel, write: (line: string) => void stderr.write(line) };
  const user = config.user === null ? null : userOf(config.user);
  const early: Event[] = [];
  let sinks: readonly { accept(events: readonly Event[]): void }[] = [{ accept: (events) => void early.push(...events) }];
  const onEvents = (events: readonly Event[]): void => {
    for (const sink of sinks) sink.accept(events);
    // Blindness is the one thing that nobody may have to ask for.
    for (const event of events) if (event.kind === 'gap' || event.kind === 'tier') log.warn(inWords(wireOf(event, '')));
  };
  let restart = (): void => undefined;
  let failed: string | null = null;
  const onEnd = (reason: string): void => {
    failed = reason;
    log.error(reason);
    stop.stop();
  };
  const taken = new EarlyInputs();
  await using stack = new AsyncDisposableStack();
  let session: Session;
  let flight: FlightRecorder | null = null;
  if (demo) {
    const replay = await ReplaySession.open({
      file: DEMO,
      mode: 'demo',
      speed: 1,
      onEvents,
      onRestart: () => restart(),
      onEnd: (fault) => onEnd(String(fault)),
    });
    session = stack.use(replay);
    replay.begin();
  } else {
    const warn = (message: string): void => log.warn(message);
    const live = await LiveSession.open({ config, warn, onEvents, onInput: taken.accept, onEnd, stopping: () => stop.asked });
    session = live;
    if (!stop.asked)
      flight = await FlightRecorder.open({ config, session: live, early: taken.inputs, user, warn, say: (message) => log.info(message) });
    // Last of all: it keeps the end of the session, too.
    if (flight !== null) stack.use(flight);
    stack.use(live);
    taken.goTo(flight);
  }
  if (stop.asked) return failed === null ? 0 : 1;
  if (user !== null) becomeUser(user);
  const captures = flight?.captures ?? null;
  const serving = stack.use(await serve({ config, view: session.view, early, captures, log: serverLog, onEnd }));
  const findings = { accept: (events: readonly Event[]) => flight?.onEvents(events) };
  sinks = flight === null ? [serving] : [serving, findings];
  restart = () => serving.restart();
  if (captures !== null) stack.use(freezeOnSignal(captures, say));
  makeRoom();
  introduce(session.view, serving.server.url, say);
  await stop.stopped;
  const { complete, gaps, lost } = session.view.status().completeness;
  say(
    complete
      ? 'stopping: nothing is known to be missing'
      : `stopping: incomplete, ${many(gaps, 'gap')}, ${many(lost, 'record')} known lost`,
  );
  return failed === null ? 0 : 1;
}

/** Inputs of the session that is being opened: they come before there can be a recorder, and every attempt begins with a `start`. */
class EarlyInputs {
  inputs: Input[] = [];
  #to: { accept(input: Input): void } | null = null;
  #over = false;

  readonly accept = (input: Input): void => {
    if (this.#over) {
      this.#to?.accept(input);
      return;
    }
    if (input.type === 'start') this.inputs = [];
    this.inputs.push(input);
  };

  goTo(recorder: { accept(input: Input): void } | null): void {
    this.#over = true;
    this.#to = recorder;
    for (const input of this.inputs) recorder?.accept(input);
    this.inputs = [];
  }
}

/** SIGUSR2 freezes a capture, for those who sit at the machine. */
function freezeOnSignal(captures: Captures, say: (line: string) => void): Disposable {
  const freeze = (): void => {
    try {
      captures.freeze({ trigger: 'signal', reason: null, beforeMs: null, afterMs: 0 });
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  process.on('SIGUSR2', freeze);
  return { [Symbol.dispose]: () => void process.off('SIGUSR2', freeze) };
}

/** What is observed, where it is shown, and what is missing. */
function introduce(view: Observation, url: string, say: (line: string) => void): void {
  const { mode, host, kernel, bpftrace, hooks } = view.status();
  if (mode === 'demo') say('DEMO: a recorded incident is replayed; this is not the state of this machine');
  else say(`observing ${host}, Linux ${kernel}, bpftrace ${bpftrace ?? 'unknown'}`);
  for (const { fact, script, lack } of hooks) {
    if (script === null) say(`not observed: ${fact} (${lack ?? 'no reason known'})`);
  }
  say(`serving ${url}`);
  say('ready');
}
