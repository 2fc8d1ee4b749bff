import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { expect, it } from 'vitest';
import { Keeper } from '../../src/sources/bpftrace/keeper.ts';
import { atLeast } from '../../src/sources/machine/kernel.ts';
import { until } from '../lab/until.ts';

/** What a shell would act on, a here-document's end among it. */
const ACTING = ['$(id)', '`id`', '$HOME', '; id', '"', "'", '\\', '*', '&& id', 'a\nEOF\nid'];

/** What the keeper's child wrote until it ended, without the keeper's own last line. */
async function outputOf(command: readonly string[], program: string): Promise<string> {
  let output = '';
  const ended = Promise.withResolvers<void>();
  const keeper = new Keeper({
    ...{ command, program, capabilities: [], bufferPages: 64 },
    onOutput: (text) => {
      output += text;
    },
    onStderr: () => undefined,
    onSkips: () => undefined,
    onExit: () => ended.resolve(),
    onGone: (reason) => ended.reject(new Error(reason)),
  });
  keeper.start();
  await ended.promise;
  await keeper.close();
  return output.replace(/\n! exit \d+\n$/, '');
}

it('words of the configured command reach it as they are: no shell ever reads them', async () => {
  const printed = await outputOf(['printf', '%s\\0', ...ACTING], 'BEGIN { }');
  expect(printed.split('\0').slice(0, ACTING.length)).toEqual(ACTING);
});

it('the program reaches it as it is, whatever stands in it', async () => {
  const program = ACTING.join('\n');
  expect(await outputOf(['sh', '-c', 'cat'], program)).toBe(`${program}\n`);
});

const BUSY = Array.from({ length: 16 }, (_, n) => `@m${n}`);
/** A program that is busy at each system call, and one that timers call in its midst: the kernel skips the latter. */
const SKIPPED = `tracepoint:raw_syscalls:sys_enter { ${BUSY.map((map) => `${map}[args->id, tid] = sum(args->args[0]);`).join(' ')} }
tracepoint:timer:hrtimer_expire_entry { @timers = count(); }
interval:ms:50 { print(@timers); }`;

/** A file may be closed between the listing and the look. */
function unlessClosed(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** How often the kernel has skipped programs of this process by now. */
function skippedBy(pid: number): number {
  const texts = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => unlessClosed(`/proc/${pid}/fdinfo/${fd}`));
  return texts.reduce((sum, text) => sum + Number(/^recursion_misses:\s+(\d+)$/m.exec(text)?.[1] ?? 0), 0);
}

// Before Linux 6.7 the kernel does not count what it skips of these.
const COUNTED = atLeast(release(), 6, 7);
/** What is said to the keeper at one moment: each is a signal that may be served in the midst of another. */
const SAID: readonly (readonly ('askSkips' | 'stop' | 'kill')[])[] = [
  ['stop'],
  ['kill'],
  ['askSkips', 'kill'],
  [...Array<'askSkips'>(50).fill('askSkips'), 'stop', 'kill'],
];
it.runIf(COUNTED).each(SAID)('what was skipped is read before bpftrace is ended, whose counts go with it (%s …)', async (...said) => {
  let [pid, speaks] = [0, false];
  const totals: number[] = [];
  const ended = Promise.withResolvers<void>();
  const keeper = new Keeper({
    ...{ command: ['bpftrace'], program: SKIPPED, capabilities: ['bpf', 'perfmon', 'ipc_lock', 'sys_admin'], bufferPages: 64 },
    onOutput: () => {
      speaks = true;
    },
    onStderr: () => undefined,
    onRunning: (running) => {
      pid = running;
    },
    onSkips: (total) => totals.push(total),
    onExit: () => ended.resolve(),
    onGone: (reason) => ended.reject(new Error(reason)),
  });
  const busy = Array.from({ length: 4 }, () => spawn('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1'], { stdio: 'ignore' }));
  try {
    keeper.start();
    await until('some are skipped', () => speaks && skippedBy(pid) > 100, 30_000);
    const least = skippedBy(pid);
    for (const word of said) keeper[word]();
    await ended.promise;
    await until('the answer', () => totals.length > 0);
    expect(Math.max(...totals)).toBeGreaterThanOrEqual(least);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
  } finally {
    for (const one of busy) one.kill();
    await keeper.close();
  }
});
