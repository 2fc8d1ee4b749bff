import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConnectionPage } from '../../src/formats/status.ts';
import { statusOf } from '../lab/processes.ts';
import { Synoptic } from '../lab/synoptic.ts';

/** Capabilities that a file grants, as setpriv names them. */
function granted(file: string, pattern: RegExp): string[] {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(pattern)].flatMap(([, names = '']) => names.split(' ')).map((name) => name.replace('CAP_', '').toLowerCase());
}

/** `nobody`, on every Debian. */
const NOBODY = 65_534;
/** Listens as another user, who was that from its first instruction on: /proc/PID/fd is that user's own then. Perl is on every Debian. */
const LISTENER = `use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 5);
$| = 1; print((sockaddr_in(getsockname(S)))[0]); <STDIN>;`;
let listener: ChildProcess;
let port: number;
beforeEach(async () => {
  const as = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups', 'perl', '-e', LISTENER];
  const child = spawn('setpriv', as, { stdio: ['pipe', 'pipe', 'inherit'] });
  listener = child;
  port = Number((await once(child.stdout, 'data'))[0]);
});
afterEach(() => void listener.kill());

/** As an image's folder, or tmpfiles, makes it: what is granted does not let root give it away. */
let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'synoptic-data-'));
  chmodSync(data, 0o700);
  chownSync(data, NOBODY, NOBODY);
});
afterEach(() => rmSync(data, { recursive: true }));

/** What a thread may do; null where it has ended. */
function mayDo(file: string): string | null {
  try {
    return /^CapEff:\s*(\w+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none';
  } catch {
    return null;
  }
}

/** Debian's kernels ask for it while kernel.perf_event_paranoid is above 2; elsewhere it must not be needed. */
const PARANOID = Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8')) > 2;

it.each([
  ['the systemd unit', granted('scripts/systemd/synoptic.service', /^CapabilityBoundingSet=(.+)$/gm), true],
  ['docker run in the Dockerfile', granted('Dockerfile', /--cap-add ([A-Z_]+)/g), false],
])(
  'what %s grants is enough: bpftrace keeps the least of it, Node nothing, and what is recorded is kept',
  async (_story, capabilities, others) => {
    const names = capabilities.filter((name) => name !== 'sys_admin' || PARANOID);
    expect(names).toEqual(expect.arrayContaining(['bpf', 'perfmon', 'setuid', 'setgid', 'setpcap']));
    const under = ['setpriv', '--no-new-privs', '--bounding-set', ['-all', ...names.map((name) => `+${name}`)].join(',')];
    await using observe = await Synoptic.observe(['--user', 'nobody', '--data', data], { under });
    // The server's thread is there before root is given up.
    const threads = new Set(readdirSync(`/proc/${observe.pid}/task`).map((thread) => mayDo(`/proc/${observe.pid}/task/${thread}/status`)));
    threads.delete(null);
    expect([...threads]).toEqual(['0000000000000000']);
    expect((await observe.status()).phase).toBe('observing');
    // Of other users' sockets from before, the owner is found by DAC_READ_SEARCH and not without, as scripts/container/README.md says.
    const { connections } = ConnectionPage.parse(await observe.get(`/api/v1/connections?filter=lport=${port}`));
    expect(connections.filter(({ pid }) => pid === listener.pid)).toHaveLength(others ? 1 : 0);
    expect(connections).not.toEqual([]);
    const kept = BigInt(`0x${statusOf((await observe.bpftrace()).pid, 'CapEff')}`);
    // linux/capability.h: IPC_LOCK 14, SYS_ADMIN 21, PERFMON 38, BPF 39.
    const least = (1n << 38n) | (1n << 39n) | (names.includes('ipc_lock') ? 1n << 14n : 0n) | (PARANOID ? 1n << 21n : 0n);
    expect(kept).toBe(least);
    // It says why where it cannot.
    expect(readdirSync(join(data, 'recorder')), observe.stderr).toHaveLength(1);
  },
);
