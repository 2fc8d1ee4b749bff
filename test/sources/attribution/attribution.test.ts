import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Attribution } from '../../../src/sources/attribution/attribution.ts';
import { rootAt } from '../../../src/sources/machine/root.ts';

const ID = 'c'.repeat(64);
const UID = '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
const POD = `/kubepods/pod${UID}/${ID}`;
const S = 1e9;
let folder: string;
let nowNs: number;
let attribution: Attribution;
/** Pids that a signal could reach, whatever /proc shows. */
let there: Set<number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synoptic-owners-'));
  nowNs = 5000 * S;
  there = new Set();
  write('proc/uptime', '5000.00 9000.00\n');
  attribution = made();
});
afterEach(() => rmSync(folder, { recursive: true }));

const made = () => new Attribution({ now: () => nowNs, root: rootAt(folder), exists: (pid) => there.has(pid) });

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A process as /proc shows it, with a start in ticks; its name is as hostile as a name can be. */
function runs(pid: number, started: number, cgroup: string, { flags = 0, comm = 'a) S 9 9 (b' } = {}): void {
  const fields = ['S', 9, 9, 9, 9, 9, flags, ...new Array<number>(12).fill(0), started, 0];
  write(`proc/${pid}/stat`, `${pid} (${comm}) ${fields.join(' ')}\n`);
  write(`proc/${pid}/cgroup`, `0::${cgroup}\n`);
}

function ends(pid: number): void {
  rmSync(join(folder, `proc/${pid}`), { recursive: true });
}

describe('looking at a process', () => {
  it('tells who it is and since when, once; then only that it is still there', () => {
    runs(7, 12_345, `/docker/${ID}`);
    expect(attribution.look([7])).toEqual({
      ...{ type: 'owners', atNs: 5000 * S, still: [], gone: [], hidden: [], unread: [] },
      found: [
        {
          startedNs: 123.45 * S,
          owner: {
            ...{ pid: 7, comm: 'a) S 9 9 (b', unit: null, pod: null, lack: null },
            container: { runtime: 'docker', id: ID, outer: null },
          },
        },
      ],
    });
    expect(attribution.look([7])).toMatchObject({ found: [], still: [7] });
  });

  it('knows its successor by the start, and one that is gone', () => {
    runs(7, 100, `/docker/${ID}`);
    attribution.look([7]);
    runs(7, 200, '/');
    expect(attribution.look([7]).found).toMatchObject([{ startedNs: 2 * S, owner: { container: null } }]);
    ends(7);
    expect(attribution.look([7, 8])).toMatchObject({ gone: [7, 8], found: [], still: [] });
    runs(7, 200, '/');
    expect(attribution.look([7]).found).toHaveLength(1);
    expect(attribution.looks).toEqual({ found: 3, still: 0, gone: 2, hidden: 0, unread: 0 });
  });

  it('tells hidden from gone: a signal could still reach it', () => {
    there.add(7);
    expect(attribution.look([7, 8])).toMatchObject({ hidden: [7], gone: [8] });
  });

  it('says that its place is hidden where only that cannot be read', () => {
    runs(7, 100, '/');
    rmSync(join(folder, 'proc/7/cgroup'));
    mkdirSync(join(folder, 'proc/7/cgroup'));
    expect(attribution.look([7]).found[0]?.owner).toMatchObject({ comm: 'a) S 9 9 (b', lack: 'hidden' });
  });

  it('believes no place of one that is on its way out: cgroup v1 then shows the root', () => {
    runs(7, 100, '/', { flags: 0x0040_0004 });
    runs(8, 100, `/docker/${ID}`, { flags: 0x0040_0004 });
    expect(attribution.look([7, 8])).toMatchObject({ gone: [7], found: [{ owner: { pid: 8, container: { id: ID } } }] });
  });

  it('takes the time asleep off the start, which goes on in sleep: never later than it was', () => {
    write('proc/uptime', '5100.00 9000.00\n');
    runs(7, 12_345, '/');
    expect(attribution.look([7]).found[0]?.startedNs).toBe(123.45 * S - 100 * S - 0.01 * S);
  });

  it('costs no more than it may: what is too much at once is told as not looked at', () => {
    for (let pid = 1; pid <= 300; pid++) runs(pid, 100, '/');
    const pids = Array.from({ length: 300 }, (_, index) => index + 1);
    const first = attribution.look(pids);
    expect([first.found.length, first.unread.length]).toEqual([250, 50]);
    nowNs += 0.1 * S;
    expect(attribution.look(pids)).toMatchObject({ found: [], still: { length: 100 }, unread: { length: 200 } });
    nowNs += 10 * S;
    expect(attribution.look(pids.slice(250))).toMatchObject({ found: { length: 50 }, unread: [] });
  });
});

describe('the name of a pod', () => {
  it('is that of its folder of logs, whatever the process says of itself', () => {
    write(`var/log/pods/shop_web-7f9c_${UID}/web/0.log`, '');
    runs(7, 100, POD);
    write('proc/7/environ', 'HOSTNAME=another\0');
    expect(attribution.look([7]).found[0]?.owner.pod).toEqual({ uid: UID, name: 'web-7f9c', namespace: 'shop' });
  });

  it('is its uid where there is no such folder, and looked for again when time has passed', () => {
    runs(7, 100, POD);
    runs(8, 100, POD);
    expect(attribution.look([7]).found[0]?.owner.pod).toEqual({ uid: UID, name: null, namespace: null });
    write(`var/log/pods/shop_web-7f9c_${UID}/web/0.log`, '');
    nowNs += 6 * S;
    expect(attribution.look([8]).found[0]?.owner.pod?.name).toBe('web-7f9c');
  });

  it('is not taken from names that kubelet never gives', () => {
    for (const name of ['web', `a_b_c_${UID}`, `\x1b[31m_web_${UID}`, `shop_-web_${UID}`, `SHOP_web_${UID}`]) {
      write(`var/log/pods/${name}/0.log`, '');
    }
    symlinkSync('/nowhere', join(folder, 'var/log/pods/dangling'));
    runs(7, 100, POD);
    expect(attribution.look([7]).found[0]?.owner.pod?.name).toBeNull();
  });
});

it('tells of this very process what the kernel says', () => {
  using real = new Attribution({ now: () => Number(process.hrtime.bigint()) });
  const [found] = real.look([process.pid]).found;
  expect(found?.owner.pid).toBe(process.pid);
  // Started before now, and not before this machine.
  const startedMs = Date.now() - process.uptime() * 1000;
  const agoMs = (Number(process.hrtime.bigint()) - (found?.startedNs ?? 0)) / 1e6;
  expect(Math.abs(Date.now() - agoMs - startedMs)).toBeLessThan(30_000);
  expect(real.look([process.pid]).still).toEqual([process.pid]);
});

/** Open files by which this very process holds others. */
function held(): { readonly fd: string; readonly link: string }[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const link = readlinkSync(`/proc/self/fd/${fd}`);
      return /^\/proc\/\d+\/comm$/.test(link) ? [{ fd, link }] : [];
    } catch {
      return []; // the one that listed them
    }
  });
}

it('knows by an open file that a process is gone, and lets go of those it asked for longest ago', async () => {
  using real = new Attribution({ now: () => Number(process.hrtime.bigint()) });
  const children = Array.from({ length: 70 }, () => spawn('sleep', ['60'], { stdio: 'ignore' }));
  const pids = children.map(({ pid }) => pid ?? 0);
  try {
    expect(real.look(pids).found).toHaveLength(70);
    expect(real.look(pids).still).toEqual(pids);
    expect(held()).toHaveLength(64);
    // The youngest were asked for last, and are asked by the same files.
    const [last] = pids.slice(-1);
    const file = held().find(({ link }) => link === `/proc/${last}/comm`);
    expect(real.look([last ?? 0]).still).toEqual([last]);
    expect(held()).toContainEqual(file);
  } finally {
    await Promise.all(children.map((child) => child.kill('SIGKILL') && once(child, 'exit')));
  }
  expect(real.look(pids)).toMatchObject({ gone: pids, found: [], still: [] });
  expect(held()).toEqual([]);
});
