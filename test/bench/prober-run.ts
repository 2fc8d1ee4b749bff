/**
 * The prober, in its thread, with this one taking what it tells: many targets on loopback addresses, each a host of its own.
 *
 * Usage:  node test/bench/prober-run.ts ACCEPT TARGETS EVERY_MS SECONDS [held]
 *   ACCEPT    the compiled accept.c
 *   SECONDS   measured, after one interval or two seconds of warming up
 *   held      this thread is held for 50 ms of each 100, as a storm or a long list would
 * Prints: one line of JSON. Times in ms; `connect` is what the application measures on loopback, where the kernel takes some 0.07 ms.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseTarget } from '../../src/config/probe-target.ts';
import type { ProbeAttempt } from '../../src/core/model/probe.ts';
import { Prober } from '../../src/sources/probes/prober.ts';

const [accept = '', ...numbers] = process.argv.slice(2);
const [count = 100, everyMs = 1000, seconds = 5] = numbers.map(Number);
const held = numbers.includes('held');

const server = spawn(accept, [], { stdio: ['ignore', 'pipe', 'inherit'] });
const [text] = await once(server.stdout, 'data');
const port = Number(String(text));
const targets = Array.from({ length: count }, (_, at) =>
  parseTarget(`tcp://127.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}:${port}`, { every: `${everyMs}ms` }),
);
let attempts: ProbeAttempt[] = [];
const deaths: string[] = [];
const prober = new Prober({
  targets,
  emit: (input) => {
    if (input.type === 'probe') attempts.push(input.attempt);
  },
  onDeath: (reason) => deaths.push(reason),
});
await delay(Math.max(2000, everyMs));
const holding = held ? setInterval(hold, 100) : undefined;
attempts = [];
const before = process.cpuUsage();
const beganMs = performance.now();
await delay(seconds * 1000);
const tookS = (performance.now() - beganMs) / 1000;
const made = attempts;
const { user, system } = process.cpuUsage(before);
clearInterval(holding);
await prober[Symbol.asyncDispose]();
server.kill();
const late = made.map(({ moments: { called }, plannedNs }) => Math.abs(Number(called) - plannedNs) / 1e6);
const connect = made.flatMap(({ moments: { connectCalled, connected } }) =>
  connectCalled === null || connected === null ? [] : [(connected - connectCalled) / 1e6],
);
process.stdout.write(
  `${JSON.stringify({
    perSecond: made.length / tookS,
    cores: (user + system) / 1e6 / tookS,
    failures: made.filter(({ failure }) => failure !== null).length,
    untold: prober.state.untold,
    deaths: deaths.length,
    lateP50: quantile(late, 0.5),
    lateP99: quantile(late, 0.99),
    connectP50: quantile(connect, 0.5),
    connectP99: quantile(connect, 0.99),
  })}\n`,
);

function hold(): void {
  const untilMs = performance.now() + 50;
  while (performance.now() < untilMs);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
}
