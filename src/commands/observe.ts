import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Event, FindingEvent } from '../core/model/event.ts';
import { wireOf } from '../formats/event.ts';
import { many } from '../formats/words/amount.ts';
import { inWords } from '../formats/words/event-words.ts';
import { type Server, startServer } from '../server/server.ts';
import { LiveSink } from '../sinks/live.ts';
import { MetricsSink } from '../sinks/metrics.ts';
import type { Observation } from '../sinks/observation.ts';
import { ProbeMetrics } from '../sinks/probe-metrics.ts';
import { withLive } from '../sinks/with-live.ts';
import { withProbes } from '../sinks/with-probes.ts';
import { becomeUser, userOf } from './become-user.ts';
import { DemoSession } from './demo-session.ts';
import { LiveSession } from './live-session.ts';
import { makeRoom } from './make-room.ts';
import { Probing } from './probing.ts';
import { Reloading, type ReloadOptions } from './reloading.ts';
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

/** What both a live and a demo session are. */
interface Session extends AsyncDisposable {
  readonly view: Observation;
}

const viewerDir = fileURLToPath(new URL('../../dist/viewer', import.meta.url));

/**
 * `synoptic observe`: observes, serves, until stopped.
 *
 * @returns the exit status.
 * @throws SynopticError what the session and the server throw on the way up.
 */
export async function observe({ config, demo, reload, stop, say }: ObserveOptions): Promise<number> {
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
    for (const event of events) {
      if (event.kind === 'gap' || event.kind === 'tier') log.warn(inWords(wireOf(event, '')));
      else if (event.kind === 'finding' && event.phase !== 'update') logFinding(log, event);
    }
  };
  let restart = (): void => undefined;
  let failed: string | null = null;
  const onEnd = (reason: string): void => {
    failed = reason;
    log.error(reason);
    stop.stop();
  };
  const running = demo
    ? null
    : await LiveSession.open({ config, warn: (message) => log.warn(message), onEvents, onEnd, stopping: () => stop.asked });
  await using session: Session =
    running ?? (await DemoSession.open({ onEvents, onRestart: () => restart(), maxSockets: config.maxSockets }));
  if (stop.asked) return failed === null ? 0 : 1;
  if (user !== null) becomeUser(user);
  // What is recorded was not probed from here.
  const targets = running === null ? [] : config.probes;
  if (targets.length < config.probes.length) log.warn('nothing is probed while a recording plays');
  await using probing = new Probing({ host: session.view.status().host, targets, log, emit: (input) => running?.take(input) });
  const { board } = probing;
  const observed = withLive(session.view, () => live.load);
  const observation = running === null ? observed : withProbes(observed, board);
  using live = new LiveSink({ observation, probes: board });
  const metrics = new MetricsSink({ observation, live });
  const probeMetrics = new ProbeMetrics(metrics.registry, board);
  metrics.accept(early);
  sinks = [probing, probeMetrics, live, metrics];
  restart = () => live.restart();
  const { listen, token, allowedOrigins } = config;
  await using server = await startServer({
    listen,
    token,
    allowedOrigins,
    observation,
    live,
    metrics,
    probes: board,
    viewerDir,
    log: serverLog,
    onEnd,
  });
  using reloading =
    reload === null || running === null ? null : await Reloading.open({ ...reload, log, follow: (all) => probing.follow(all) });
  if (reloading !== null) reload?.onDemand(() => void reloading.reload('SIGHUP'));
  makeRoom();
  introduce(session.view, server, say);
  await stop.stopped;
  const { complete, gaps, lost } = session.view.status().completeness;
  say(
    complete
      ? 'stopping: nothing is known to be missing'
      : `stopping: incomplete, ${many(gaps, 'gap')}, ${many(lost, 'record')} known lost`,
  );
  return failed === null ? 0 : 1;
}

/** One line when it opens, one when it is over; updates are for those who watch. */
function logFinding(log: Logger, event: FindingEvent): void {
  const { id, detector, phase, severity, confidence } = event;
  const level = phase === 'resolved' || severity === 'info' ? 'info' : 'warn';
  log[level]({ id, detector, phase, severity, confidence }, inWords(wireOf(event, '')));
}

/** What is observed, where it is shown, and what is missing. */
function introduce(view: Observation, server: Server, say: (line: string) => void): void {
  const { mode, host, kernel, bpftrace, hooks } = view.status();
  if (mode === 'demo') say('DEMO: a recorded incident is replayed; this is not the state of this machine');
  else say(`observing ${host}, Linux ${kernel}, bpftrace ${bpftrace ?? 'unknown'}`);
  for (const { fact, script, lack } of hooks) {
    if (script === null) say(`not observed: ${fact} (${lack ?? 'no reason known'})`);
  }
  say(`serving ${server.url}`);
  say('ready');
}
