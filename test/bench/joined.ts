import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ProbeWire } from '../../src/formats/probe.ts';
import { LabNamespace } from '../lab/namespace.ts';
import type { Benchmark, Context, Report } from './benchmark.ts';
import { MAIN } from './places.ts';
import { settle } from './settle.ts';
import { quantile } from './statistics.ts';

/** 500 targets, each asked once a second: ten hosts, for one host is asked by one attempt at a time. */
const HOSTS = 10;
const SERVERS = 50;
const ROUNDS = { full: 30, quick: 4 };
/** So few local ports that every four-tuple is used again and again: whoever goes by it alone joins wrongly. */
const PORTS = '20000 20015';

/** Reach of the join: how many attempts find their kernel socket, and whether it is theirs. */
export const joined: Benchmark = {
  name: 'joined',
  about: 'reach: attempts joined with their kernel socket, 500 probes/s on ports that are used again, and none joined wrongly',
  each: false,
  run: async (context): Promise<Report> => {
    const runs: Outcome[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      context.say(`round ${round} of ${context.rounds}`);
      await settle(context);
      runs.push(await probeAll(context));
    }
    const of = (value: (run: Outcome) => number): number[] => runs.map(value);
    return {
      figures: [
        { name: 'attempts joined', unit: '%', values: of(({ share }) => share), target: { atLeast: 99.9 } },
        { name: 'joined wrongly', unit: '', values: of(({ wrong }) => wrong), target: { atMost: 0 }, judged: 'max' },
        { name: 'attempts', unit: '1/s', values: of(({ perSecond }) => perSecond), target: { atLeast: 475 } },
        { name: 'drift at connect, p50', unit: 'ms', values: of(({ p50 }) => p50) },
        { name: 'drift at connect, p99', unit: 'ms', values: of(({ p99 }) => p99) },
        { name: 'four-tuples used again', unit: '%', values: of(({ again }) => again) },
      ],
      accounts: [],
      notes: [
        'prober and pipeline share one thread here; wrong is a handshake or a FIN of the joined socket outside the attempt’s own brackets, or a socket joined twice',
        ...runs.flatMap(({ whyNot }) => whyNot),
      ],
    };
  },
};

interface Outcome {
  readonly share: number;
  readonly wrong: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the attempts, those whose four-tuple an earlier one had, in percent. */
  readonly again: number;
  readonly whyNot: readonly string[];
}

async function probeAll({ bpftraces, quick, signal }: Context): Promise<Outcome> {
  const [bpftrace] = bpftraces;
  if (bpftrace === undefined) throw new Error('no bpftrace');
  await using lab = new LabNamespace();
  lab.run('sh', '-c', `echo ${PORTS} > /proc/sys/net/ipv4/ip_local_port_range; echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse`);
  const server = await lab.actor();
  const targets: string[] = [];
  for (let port = 7100; port < 7100 + SERVERS; port++) {
    await server.number('serve', { host: '0.0.0.0', port });
    for (let host = 1; host <= HOSTS; host++) targets.push(`tcp://127.0.0.${host}:${port}`);
  }
  const count = ROUNDS[quick ? 'quick' : 'full'];
  const folder = mkdtempSync(join(tmpdir(), 'synoptic-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'synoptic.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ bpftrace: { command: bpftrace.command, capabilities: bpftrace.capabilities } }));
  const args = ['probe', ...targets, '--every', '1s', '--count', String(count), '--timeout', '5s', '--json', '--config', config];
  const command = [`--net=/run/netns/${lab.name}`, process.execPath, MAIN, ...args];
  const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
  const told: ProbeWire[] = [];
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) told.push(ProbeWire.parse(JSON.parse(line)));
  await closed;
  return outcomeOf(told.filter(({ update }) => update === null));
}

function outcomeOf(attempts: readonly ProbeWire[]): Outcome {
  if (attempts.length === 0) throw new Error('not one attempt was told');
  const socks = attempts.flatMap(({ sock }) => (sock === null ? [] : [sock]));
  const tuples = new Set(attempts.map(({ lport, raddr, rport }) => `${lport} ${raddr} ${rport}`));
  const drifts = attempts.flatMap(({ drift }) =>
    drift.phases.flatMap(({ phase, driftUs }) => (phase === 'connect' && driftUs !== null ? [driftUs / 1000] : [])),
  );
  const times = attempts.map(({ ns }) => Number(ns));
  const seconds =
    (times.reduce((most, ns) => Math.max(most, ns), 0) - times.reduce((least, ns) => Math.min(least, ns), Number.POSITIVE_INFINITY)) / 1e9;
  const reasons = Map.groupBy(
    attempts.filter(({ unseen }) => unseen !== null),
    ({ unseen }) => unseen ?? '',
  );
  return {
    share: (100 * socks.length) / attempts.length,
    wrong: attempts.filter(isWrong).length + socks.length - new Set(socks).size,
    perSecond: (attempts.length - 1) / seconds,
    p50: quantile(drifts, 0.5) ?? Number.NaN,
    p99: quantile(drifts, 0.99) ?? Number.NaN,
    again: 100 * (1 - tuples.size / attempts.length),
    whyNot: [...reasons].map(([why, some]) => `${some.length} not joined: ${why}`),
  };
}

/** The join goes by SYN_SENT; ESTABLISHED and our FIN are evidence of their own. */
function isWrong({ kernel, phases, drift }: ProbeWire): boolean {
  if (kernel === null) return false;
  const error = (drift.errorUs ?? 0) + 1;
  const within = (us: number | null, from: number | null, to: number | null): boolean =>
    us === null || ((from === null || us >= from - error) && (to === null || us <= to + error));
  const { connectCalled, submitted, connected, closeCalled, closed } = phases;
  return !(
    within(kernel.synSent, connectCalled, submitted) &&
    within(kernel.established, connectCalled, connected) &&
    within(kernel.finSent, closeCalled, closed)
  );
}
