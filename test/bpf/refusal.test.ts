import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { descendants, lives, statusOf } from '../lab/processes.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// What becomes of a bpftrace that is not as it should be, and what the one that runs may do.

const folder = mkdtempSync(join(tmpdir(), 'synoptic-wrapper-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A configuration whose bpftrace is a shell script of these lines. */
function wrapped(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
  return `bpftrace:\n  command: [${file}]\n`;
}

const VERSION = 'case "$1" in --version) exec bpftrace --version ;; -l) exec bpftrace "$@" ;; esac';

// Each starts one of its own: side by side.
describe.concurrent('a bpftrace that cannot be used ends everything with status 3, says why and what to do:', () => {
  it.each([
    ['too old', wrapped('old', 'echo bpftrace v0.9.4'), /bpftrace 0\.9\.4 is too old.*\[BPFTRACE_TOO_OLD\]\n {2}do: install a newer one/],
    [
      'missing',
      'bpftrace:\n  command: [/nonexistent/bpftrace]\n',
      /bpftrace does not run here.*\[BPFTRACE_MISSING\]\n {2}do: apt-get install bpftrace/,
    ],
    [
      'refusing',
      wrapped('refuses', VERSION, 'echo "ERROR: Error loading program: Operation not permitted" >&2', 'exit 1'),
      /the kernel refuses BPF here[\s\S]*\[BPFTRACE_REFUSED\]\n {2}do: synoptic doctor/,
    ],
  ])('%s', async (_story, config, words) => {
    const { status, stdout, stderr } = await Synoptic.run(['tail'], { config });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(stdout).toBe('');
    expect(status).toBe(3);
  });
});

/** A bpftrace that refuses programs with these words, and says why. */
const refusing = (name: string, words: string, why: string): string =>
  wrapped(
    name,
    VERSION,
    'program=$(cat)',
    `case $program in *${words}*) echo "${why}" >&2; exit 1 ;; esac`,
    'exec bpftrace "$@" <<EOF',
    '$program',
    'EOF',
  );

describe.concurrent('one script that cannot attach', () => {
  it('costs that hook alone, and the reason is told', async () => {
    const config = refusing('no-neighbours', 'neigh_update', 'ERROR: Could not resolve symbol: neigh_update');
    await using tail = await Synoptic.tail(['--canaries'], { config });
    expect(tail.stderr).toMatch(/bpf\/neighbour\.bt cannot attach here and is left out: .*neigh_update/);
    expect(tail.stderr).toMatch(/^not observed: neighbour \(/m);
    expect(tail.stderr.match(/^not observed/gm)).toHaveLength(1);
    await tail.event('state', ({ probe }) => probe === 'canary', 15_000);
  });

  it('for its loop costs no hook: each transition is printed when it happens', async () => {
    const config = refusing('no-loops', "'while ('", 'ERROR: Error loading BPF program for interval_ms_5_1.');
    await using tail = await Synoptic.tail(['--canaries'], { config });
    expect(tail.stderr).toMatch(
      /transitions cannot wait in the kernel here, each is printed at once: the kernel's verifier refuses a script/,
    );
    expect(tail.stderr).not.toMatch(/^not observed|left out/m);
    await tail.event('state', ({ probe }) => probe === 'canary', 15_000);
  });
});

describe.concurrent('privileges', () => {
  it('bpftrace keeps of root what is configured, and nothing else', async () => {
    await using tail = await Synoptic.tail([], { config: 'bpftrace:\n  capabilities: [bpf, perfmon]\n' });
    // linux/capability.h: CAP_PERFMON 38, CAP_BPF 39.
    const kept = ((1n << 38n) | (1n << 39n)).toString(16).padStart(16, '0');
    const { pid } = await tail.bpftrace();
    expect(statusOf(pid, 'CapBnd')).toBe(kept);
    expect(statusOf(pid, 'CapEff')).toBe(kept);
  });

  it('Node becomes the user that is asked for, and a killed bpftrace still comes back', async () => {
    await using observe = await Synoptic.observe(['--user', 'nobody']);
    const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim();
    expect(new Set(statusOf(observe.pid, 'Uid').split('\t'))).toEqual(new Set([nobody]));
    expect(BigInt(`0x${statusOf(observe.pid, 'CapEff')}`)).toBe(0n);
    const phase = async () => (await observe.status()).phase;
    expect(await phase()).toBe('observing');
    const running = await observe.bpftrace();
    process.kill(running.pid, 'SIGKILL');
    await until('blindness', async () => (await phase()) === 'blind');
    await until('sight', async () => (await phase()) === 'observing', 15_000);
    const again = await observe.bpftrace(running);
    // It is root's, so the service cannot kill it: it ends because its keeper does.
    expect((await observe.stop()).status).toBe(0);
    expect(lives(again)).toBe(false);
    expect(descendants(observe.pid)).toEqual([]);
  });
});
