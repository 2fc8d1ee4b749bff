import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Event, FindingEvent } from '../core/model/event.ts';
import { isUnobserved } from '../core/model/hook.ts';
import { wireOf } from '../formats/event.ts';
import { many } from '../formats/words/amount.ts';
import { inWords } from '../formats/words/event-words.ts';
import { ServingThread } from '../server/server.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { Observation } from '../sinks/observation.ts';
import { Webhook } from '../sinks/webhook.ts';
import { frugalAllocator } from './allocator.ts';
import { becomeUser, userOf } from './become-user.ts';
import { logStream } from './log-stream.ts';
import { makeRoom } from './make-room.ts';
import { Probing } from './probing.ts';
import { RecordedSession } from './recorded-session.ts';
import { rehearse } from './rehearsal.ts';
import { Reloading, type ReloadOptions } from './reloading.ts';
import { ReplaySession } from './replay-session.ts';
import { serve } from './serve.ts';
import type { StopSignal } from './stop-signal.ts';

export interface ObserveOptions {
  readonly config: Config;
  readonly demo: boolean;
  /** Where the configuration came from, to be read again when it changes; null where there is no file. */
  readonly reload: Reload | null;
  readonly stop: StopSignal;
  say(line: string): void;
}

/** A configuration that may change while it runs. */
export interface Reload extends Pick<ReloadOptions, 'file' | 'env' | 'config'> {
  /** From now on `read` is called whenever it is to be read at once. */
  onDemand(read: () => void): void;
}

/** The recorded incident, for those without root or BPF. */
const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));

/** So many lines of bpftrace's teach the engine what a rehearsal would. */
const LEARNT = 200_000;

/**
 * `synoptic observe`: observes, probes, records, serves, until stopped.
 *
 * @returns the exit status.
 * @throws SynopticError what the session and the server throw on the way up.
 */
export async function observe({ config, demo, reload, stop, say }: ObserveOptions): Promise<number> {
  const allocator = frugalAllocator();
  const stderr = logStream();
  const log = pino({ level: config.logLevel }, stderr);
  // Where it serves is said once, in words; the server's own talk of it is for debugging.
  const serverLog = { level: config.logLevel === 'info' ? 'warn' : config.logLevel, write: stderr.write };
  const user = config.user === null ? null : userOf(config.user);
  const early: Event[] = [];
  let sinks: readonly { accept(events: readonly Event[]): void }[] = [{ accept: (events) => void early.push(...events) }];
  const onEvents = (events: readonly Event[]): void => {
    for (const sink of sinks) sink.accept(events);
    logWhatMatters(log, events);
  };
  let restart = (): void => undefined;
  let failed: string | null = null;
  const onEnd = (reason: string): void => {
    failed = reason;
    log.error(reason);
    stop.stop();
  };
  const words = { warn: (message: string) => log.warn(message), say: (message: string) => log.info(message) };

  // Top to bottom is the data flow; what is last here is disposed of first.
  await using stack = new AsyncDisposableStack();
  // It loads while bpftrace compiles.
  const thread = stack.use(new ServingThread());
  const running = demo
    ? null
    : stack.use(await RecordedSession.open({ config, user, ...words, onEvents, onEnd, stopping: () => stop.asked }));
  const { view } = running?.live ?? stack.use(await openDemo({ onEvents, onEnd, onRestart: () => restart() }));
  if (stop.asked) return failed === null ? 0 : 1;
  if (user !== null) becomeUser(user);
  const flight = running?.flight ?? null;
  const captures = flight?.captures ?? null;
  // What is recorded was not probed from here.
  const targets = running === null ? [] : config.probes;
  if (targets.length < config.probes.length) log.warn('nothing is probed while a recording plays');
  const probing =
    running === null ? null : stack.use(new Probing({ host: view.status().host, targets, log, emit: (input) => running.live.take(input) }));
  const board = probing?.board ?? null;
  // What is recorded wakes nobody.
  const webhook = running === null ? null : webhookOf(config, view.status().host, log);
  if (webhook !== null) stack.use(webhook);
  const serving = stack.use(await serve({ config, view, early, board, captures, steering: null, webhook, log: serverLog, onEnd, thread }));
  flight?.accept(early);
  sinks = [probing, serving, flight].filter((sink) => sink !== null);
  restart = () => serving.restart();
  if (captures !== null) stack.use(freezeOnSignal(captures, say));
  if (reload !== null && probing !== null) stack.use(await follow(reload, probing, log));
  makeRoom();
  allocator?.trim();
  introduce(view, serving.server.url, say);
  if (running !== null) {
    const rehearsing = new AbortController();
    stack.defer(() => rehearsing.abort());
    const enough = () => running.live.pipeline.lines > LEARNT;
    rehearse({ file: DEMO, signal: rehearsing.signal, enough })
      .then(() => allocator?.trim())
      .catch((error: unknown) => log.warn(`the rehearsal failed: ${String(error)}`));
  }
  await stop.stopped;
  sayFarewell(view, say);
  return failed === null ? 0 : 1;
}

/** The demo, which has begun to play. */
async function openDemo(
  on: Pick<Parameters<typeof ReplaySession.open>[0], 'onEvents' | 'onRestart'> & { onEnd(reason: string): void },
): Promise<ReplaySession> {
  const { onEvents, onRestart } = on;
  const onEnd = (fault: unknown): void => on.onEnd(String(fault));
  const replay = await ReplaySession.open({ file: DEMO, mode: 'demo', speed: 1, onEvents, onRestart, onChange: () => undefined, onEnd });
  replay.begin();
  return replay;
}

/** Probes follow their file, and SIGHUP. */
async function follow(reload: Reload, probing: Probing, log: Logger): Promise<Reloading> {
  const reloading = await Reloading.open({ ...reload, log, follow: (all) => probing.follow(all) });
  reload.onDemand(() => void reloading.reload('SIGHUP'));
  return reloading;
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

/** Blindness is the one thing that nobody may have to ask for; of a finding one line when it opens, one when it is over. */
function logWhatMatters(log: Logger, events: readonly Event[]): void {
  for (const event of events) {
    if (event.kind === 'gap' || event.kind === 'tier') log.warn(inWords(wireOf(event, '')));
    else if (event.kind === 'finding' && event.phase !== 'update') logFinding(log, event);
  }
}

function webhookOf({ webhook: { url, secret, severity, timeoutMs } }: Config, host: string, log: Logger): Webhook | null {
  if (url === null || secret === null) return null;
  return new Webhook({ url, secret, severity, timeoutMs, host, warn: (message) => log.warn(message) });
}

function logFinding(log: Logger, event: FindingEvent): void {
  const { id, detector, phase, severity, confidence } = event;
  const level = phase === 'resolved' || severity === 'info' ? 'info' : 'warn';
  log[level]({ id, detector, phase, severity, confidence }, inWords(wireOf(event, '')));
}

/** What is observed, where it is shown, and what is missing. */
function introduce(view: Observation, url: string, say: (line: string) => void): void {
  const { mode, host, kernel, bpftrace, hooks } = view.status();
  if (mode === 'demo') say('DEMO: a recorded incident is replayed; this is not the state of this machine');
  else say(`observing ${host}, Linux ${kernel}, bpftrace ${bpftrace ?? 'unknown'}`);
  for (const hook of hooks) {
    if (isUnobserved(hook)) say(`not observed: ${hook.fact} (${hook.lack ?? 'no reason known'})`);
  }
  say(`serving ${url}`);
  say('ready');
}

function sayFarewell(view: Observation, say: (line: string) => void): void {
  const { complete, gaps, lost } = view.status().completeness;
  say(
    complete
      ? 'stopping: nothing is known to be missing'
      : `stopping: incomplete, ${many(gaps, 'gap')}, ${many(lost, 'record')} known lost`,
  );
}
