import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { chooseHooks, fieldsOf, versionOf } from '../../src/commands/hooks.ts';
import { ringsOn, typesOnce } from '../../src/commands/kernel-side.ts';
import { compose } from '../../src/sources/bpftrace/compose.ts';
import { FACTS } from '../../src/sources/bpftrace/scripts.ts';
import { trial } from '../../src/sources/bpftrace/trial.ts';
import { boundingSetOf } from '../../src/sources/machine/bounding-set.ts';
import { readMachine } from '../../src/sources/machine/machine.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { playLedger } from './ledger.ts';
import type { GuestReport, Way, WayReport } from './report.ts';
import { Stage } from './stage.ts';

// Runs inside a machine of the matrix, as its root, and says what it saw as one line of JSON. The machine is thrown away afterwards.

/** Under emulation bpftrace 0.17 took 20 s for the whole program; 0.23 on 7.2, beside other work, 51 s for one script with a tracepoint. */
const PATIENCE_MS = 900_000;
/** Until bpftrace must have seen a connection: see boot.sh for starts that never did. */
const START_MS = 300_000;
const HIDDEN = ['sock/inet_sock_set_state', 'tcp/tcp_retransmit_skb', 'tcp/tcp_retransmit_synack'];

const said = (text: string): void => console.error(`${(performance.now() / 1000).toFixed(0)} s: ${text}`);

/** A bpftrace that knows of no raw tracepoints, so that the usual ones are taken. */
function withoutRaw(): readonly string[] {
  writeFileSync('/tmp/bpftrace', '#!/bin/sh\ncase $1 in -l) exit 0 ;; esac\nexec bpftrace "$@"\n');
  chmodSync('/tmp/bpftrace', 0o755);
  return ['/tmp/bpftrace'];
}

/** Takes from this machine the tracepoints that kprobes can stand in for. */
function hideTracepoints(): void {
  mkdirSync('/tmp/nothing', { recursive: true });
  for (const folder of ['/sys/kernel/tracing/events', '/sys/kernel/debug/tracing/events']) {
    for (const name of HIDDEN) if (existsSync(`${folder}/${name}`)) execFileSync('mount', ['--bind', '/tmp/nothing', `${folder}/${name}`]);
  }
}

async function play(way: Way, command: readonly string[]): Promise<WayReport> {
  said(`by ${way}`);
  const hooks = (await chooseHooks(await readMachine({ bpftrace: command }), command)).map(({ hook }) => hook);
  const retransmit = hooks.find(({ fact }) => fact === 'retransmit')?.script;
  try {
    await using tail = await Synoptic.tail(['--canaries'], {
      config: `bpftrace:\n  command: [${command.join(', ')}]\n  startTimeoutMs: ${START_MS}\n`,
      patienceMs: PATIENCE_MS,
    });
    said('ready');
    await using stage = await Stage.set();
    const scenes = await stage.play({ tail, synacks: retransmit === 'retransmit', patienceMs: PATIENCE_MS });
    const gaps = tail.all('gap').map(({ cause, lost, what }) => `${cause} ${lost} ${what}`);
    return { way, hooks, words: tail.stderr, scenes, gaps, fault: null };
  } catch (error) {
    said(`${way} came to nothing: ${error}`);
    return { way, hooks, words: '', scenes: null, gaps: [], fault: String(error) };
  }
}

/** As {@link play}; what came to nothing is played once more, for an emulated machine is not above suspicion. */
async function playSurely(way: Way, command: readonly string[]): Promise<WayReport> {
  const first = await play(way, command);
  return first.fault === null ? first : play(way, command);
}

/** Each script that none of the ways ran: whether it attaches, else why not. */
async function tryOthers(ways: readonly WayReport[]): Promise<Record<string, string | null>> {
  const ran = new Set(ways.flatMap(({ hooks, fault }) => (fault === null ? hooks.map(({ script }) => script) : [])));
  const machine = await readMachine();
  const parameters = { transitions: 0, anomalies: 0, self: process.pid, canary: 0, quiet: 0 };
  const version = versionOf(machine);
  const others: Record<string, string | null> = {};
  for (const script of FACTS.flatMap(({ scripts }) => scripts)) {
    if (ran.has(script.name)) continue;
    said(`trying ${script.name}`);
    const program = compose({
      scripts: [script],
      fields: (name) => fieldsOf(machine, name),
      parameters: { ...parameters, ...ringsOn(machine, [script]) },
      version,
      types: typesOnce(said),
    });
    others[script.name] = await trial({
      command: ['bpftrace'],
      capabilities: boundingSetOf(machine),
      program,
      bufferPages: 64,
      timeoutMs: PATIENCE_MS,
    });
  }
  return others;
}

const machine = await readMachine();
const best = await playSurely('best', ['bpftrace']);
const ways = [best];
if (best.hooks.some(({ script }) => script === 'sock-state-raw')) ways.push(await playSurely('tracepoint', withoutRaw()));
said('the ledger of TIME_WAIT');
const ledger = best.hooks.some(({ script }) => script === 'time-wait-kprobe') ? await playLedger(PATIENCE_MS) : null;
if (machine.kernel.kprobes.value === true) {
  hideTracepoints();
  ways.push(await playSurely('kprobe', withoutRaw()));
  for (const folder of ['/sys/kernel/tracing/events', '/sys/kernel/debug/tracing/events']) {
    for (const name of HIDDEN) if (existsSync(`${folder}/${name}`)) execFileSync('umount', [`${folder}/${name}`]);
  }
}
const report: GuestReport = {
  kernel: machine.kernel.release.value,
  bpftrace: machine.tools.bpftrace.value?.version ?? null,
  ways,
  ledger,
  others: await tryOthers(ways),
};
console.log(JSON.stringify(report));
