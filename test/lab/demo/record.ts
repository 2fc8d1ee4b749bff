/**
 * Records the incident that `synoptic observe --demo` shows, on real sockets of this kernel: two hosts as network namespaces.
 *
 * Usage:  node test/lab/demo/record.ts        as root; takes 80 s and writes src/sources/replay/demo.capture
 *
 * What happens, by seconds: 0 all is well · 12 the service stops answering (SIGSTOP), its sockets stay ESTABLISHED, its accept queue
 * fills, health checks that only connect still pass, then SYNs go unanswered · 30 it goes on · 38 its address moves to another host
 * without a word: segments vanish, retransmissions back off · 46 the new host answers: resets, a changed link-layer address · 52 the service starts there
 * · 78 the end.
 *
 * Only what happened in these two hosts is kept: the rest of this machine is nobody's business.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { LiveSession } from '../../../src/commands/live-session.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { Input } from '../../../src/core/model/input.ts';
import { writeCapture } from '../../sinks/capture/made.ts';
import { ownerIn } from '../keep.ts';

const SHOP = 'demo-shop';
const OLD = 'demo-stock-1';
const NEW = 'demo-stock-2';
const CLIENT = '10.77.0.1';
const SERVICE = '10.77.0.2';
const PORT = '8080';
/** The beginning of a line whose end comes with the next piece. */
let rest = '';
const OUT = fileURLToPath(new URL('../../../src/sources/replay/demo.capture', import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const ip = async (...args: string[]) => execa('ip', args);
const inumOf = (name: string) => statSync(`/run/netns/${name}`).ino;

/** The recorder itself lives in the client's host, so that its own namespace is the one the incident is seen from. */
if (process.argv[2] !== 'inside') {
  try {
    await network();
    await execa('nsenter', [`--net=/run/netns/${SHOP}`, process.execPath, fileURLToPath(import.meta.url), 'inside'], { stdio: 'inherit' });
  } finally {
    for (const name of [SHOP, OLD, NEW]) await execa('ip', ['netns', 'del', name], { reject: false });
  }
} else {
  await record();
}

/** Three hosts on one bridge, which stands in the client's. */
async function network(): Promise<void> {
  for (const name of [SHOP, OLD, NEW]) {
    await ip('netns', 'add', name);
    await ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  await ip('-n', SHOP, 'link', 'add', 'br0', 'type', 'bridge');
  await ip('-n', SHOP, 'addr', 'add', `${CLIENT}/24`, 'dev', 'br0');
  await ip('-n', SHOP, 'link', 'set', 'br0', 'up');
  for (const [index, name] of [OLD, NEW].entries()) {
    await ip('-n', SHOP, 'link', 'add', `port${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('-n', SHOP, 'link', 'set', `port${index}`, 'master', 'br0', 'up');
    await ip('-n', name, 'link', 'set', 'eth0', 'up');
  }
  await ip('-n', OLD, 'addr', 'add', `${SERVICE}/24`, 'dev', 'eth0');
}

async function record(): Promise<void> {
  process.title = 'synoptic';
  const inums = [SHOP, OLD, NEW].map(inumOf);
  const inputs: Input[] = [];
  const session = await LiveSession.open({
    config: parseConfig('', 'demo', {}),
    warn: (message) => process.stderr.write(`${message}\n`),
    onEvents: () => undefined,
    onEnd: (reason) => process.stderr.write(`${reason}\n`),
    onInput: (input) => {
      const kept = keep(input, inums);
      if (kept !== null) inputs.push(kept);
    },
  });
  const children: ReturnType<typeof spawn>[] = [];
  const start = (name: string, program: string, ...args: string[]) => {
    const child = spawn('nsenter', [`--net=/run/netns/${name}`, process.execPath, here(program), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  try {
    const service = start(OLD, 'inventory.ts', SERVICE, PORT, '8');
    if (service.stdout !== null) await once(service.stdout, 'data');
    start(SHOP, 'checkout.ts', SERVICE, PORT);
    await delay(12_000);
    service.kill('SIGSTOP');
    await delay(18_000);
    service.kill('SIGCONT');
    await delay(8000);
    await ip('-n', SHOP, 'link', 'set', 'port0', 'down');
    await delay(8000);
    await ip('-n', NEW, 'addr', 'add', `${SERVICE}/24`, 'dev', 'eth0');
    await execa('nsenter', [`--net=/run/netns/${SHOP}`, 'ip', 'neigh', 'flush', 'all']);
    await delay(6000);
    start(NEW, 'inventory.ts', SERVICE, PORT, '128');
    await delay(26_000);
  } finally {
    for (const child of children) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
    }
    await session[Symbol.asyncDispose]();
  }
  const title = 'A service stops answering while it looks alive; then its address moves to another host';
  const kept = named(inputs);
  const up = kept.find((input) => input.type === 'kernel-up');
  await writeCapture(OUT, kept, { title, bpftrace: up?.version ?? null });
  process.stderr.write(`${kept.length} inputs → ${statSync(OUT).size} bytes\n`);
}

/** The input as the demo keeps it: other hosts' lines and counters left out, lines whole. */
function keep(input: Input, inums: readonly number[]): Input | null {
  switch (input.type) {
    case 'start':
      return { ...input, host: 'checkout-1' };
    case 'kernel': {
      const lines = (rest + input.text).split('\n');
      rest = lines.pop() ?? '';
      const text = joined(lines.filter((line) => isOurs(line, inums)));
      return text === '' ? null : { ...input, text };
    }
    case 'sockets':
    case 'counters':
      return inums.includes(input.netns ?? 0) ? { ...input, ...('alive' in input ? { alive: null } : {}) } : null;
    // The recorder's own end is no part of the incident.
    case 'kernel-down':
      return null;
    default:
      return input;
  }
}

/** The counters count other hosts' transitions, too, and would tell of losses. */
function isOurs(line: string, inums: readonly number[]): boolean {
  const [tag = '', , , what = ''] = line.split(' ');
  if (tag === 'H' || tag === 'U' || tag === 'C') return true;
  if (tag === 'E' || tag === 'N') return line.includes('10.77.0.');
  if (/^[SsTt]$/.test(tag)) return inums.some((inum) => what.length === 16 && what.startsWith(inum.toString(16)));
  return inums.some((inum) => line.includes(` ${inum} `));
}

/** Names are kept of those threads only that own one of the sockets that are kept. */
function named(inputs: readonly Input[]): Input[] {
  const lines = inputs.flatMap((input) => (input.type === 'kernel' ? input.text.split('\n') : []));
  const owners = new Set(lines.filter((line) => /^[st] /.test(line)).map((line) => ownerIn(line)));
  const fits = (line: string) => line !== '' && (!line.startsWith('C ') || owners.has(Number.parseInt(line.split(' ')[1] ?? '', 16)));
  return inputs.flatMap((input): Input[] => {
    if (input.type !== 'kernel') return [input];
    const text = joined(input.text.split('\n').filter(fits));
    return text === '' ? [] : [{ ...input, text }];
  });
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
