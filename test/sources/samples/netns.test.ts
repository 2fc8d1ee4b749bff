import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { heldOpen, lastPid, listNetNamespaces } from '../../../src/sources/samples/netns.ts';
import { LabNamespace } from '../../lab/namespace.ts';

describe('the network namespaces of this machine', () => {
  it('begin with our own', async () => {
    const [own] = (await listNetNamespaces()).namespaces;
    expect(own).toMatchObject({ own: true, netns: statSync('/proc/self/ns/net').ino });
  });

  it('include one that only its name keeps alive, and forget it once it is deleted', async () => {
    const lab = new LabNamespace();
    const { netns } = await lab.found();
    expect(await lab.found()).toMatchObject({ own: false, pid: null, names: [lab.name], path: `/run/netns/${lab.name}` });
    await lab[Symbol.asyncDispose]();
    expect((await listNetNamespaces()).namespaces.filter((namespace) => namespace.netns === netns)).toEqual([]);
  });

  it('name a process where there is one', async () => {
    await using lab = new LabNamespace();
    const actor = await lab.actor();
    expect(await lab.found()).toMatchObject({ pid: actor.pid, names: [lab.name] });
  });

  it('are listed once each, however many processes share one', async () => {
    const { namespaces } = await listNetNamespaces();
    expect(new Set(namespaces.map(({ netns }) => netns)).size).toBe(namespaces.length);
  });
});

describe('another machine', () => {
  /** A /proc with one process a namespace, some of which vanished or were no processes at all. */
  const withProc = async <T>(namespaces: readonly number[], use: (proc: string) => Promise<T>): Promise<T> => {
    const proc = mkdtempSync(join(tmpdir(), 'synoptic-proc-'));
    try {
      for (const [pid, target] of [['self', 'net:[1]'], ...namespaces.map((netns, index) => [`${index + 2}`, `net:[${netns}]`])] as const) {
        mkdirSync(join(proc, `${pid}`, 'ns'), { recursive: true });
        // `self` is opened, the others are only read as links.
        if (pid === 'self') writeFileSync(join(proc, 'self/ns/net'), '');
        else symlinkSync(`${target}`, join(proc, `${pid}`, 'ns/net'));
      }
      mkdirSync(join(proc, '900'));
      mkdirSync(join(proc, 'sys'));
      return await use(proc);
    } finally {
      rmSync(proc, { recursive: true });
    }
  };

  it('with more namespaces than the limit says how many it left out', async () => {
    const many = Array.from({ length: 600 }, (_, index) => 5000 + (index % 300));
    const found = await withProc(many, (proc) => listNetNamespaces({ proc, run: '/nonexistent' }));
    expect(found.namespaces).toHaveLength(256);
    expect(found.leftOut).toBe(301 - 256);
    expect(found.namespaces[0]?.own).toBe(true);
    expect(found.namespaces[1]).toMatchObject({ netns: 5000, pid: 2 });
  });

  it('whose processes vanish meanwhile is listed without them', async () => {
    const found = await withProc([7000], (proc) => listNetNamespaces({ proc, run: '/nonexistent' }));
    expect(found.namespaces.map(({ pid }) => pid)).toEqual([null, 2]);
    expect(found).toMatchObject({ leftOut: 0, hidden: 0 });
  });

  it('with an ordinary file left in /run/netns does not take it for a namespace', async () => {
    const run = mkdtempSync(join(tmpdir(), 'synoptic-run-'));
    try {
      writeFileSync(join(run, 'stale'), '');
      const { namespaces } = await listNetNamespaces({ run });
      expect(namespaces.flatMap(({ names }) => names)).toEqual([]);
    } finally {
      rmSync(run, { recursive: true });
    }
  });
});

it('knows by one number whether a process has begun since', async () => {
  const before = lastPid();
  expect(before).toBeGreaterThan(0);
  await execa('true');
  expect(lastPid()).not.toBe(before);
  expect(lastPid('/nonexistent')).toBeNull();
});

it('holds a namespace open while it is used, and lets go of it', async () => {
  await using lab = new LabNamespace();
  const found = await lab.found();
  const seen = await heldOpen(found, async (fd) => statSync(`/proc/self/fd/${fd}`).ino);
  expect(seen).toBe(found.netns);
  expect(await heldOpen({ ...found, netns: found.netns + 1 }, async () => 'used')).toBeNull();
});

it('lets an ordinary user sample its own namespace, says how much is hidden, and refuses the others with a code', async () => {
  await using lab = new LabNamespace();
  const script = fileURLToPath(new URL('./as-nobody.ts', import.meta.url));
  const { stdout } = await execa(process.execPath, [script], { env: { NODE_NO_WARNINGS: '1' } });
  const { hidden, tried } = JSON.parse(stdout) as {
    hidden: number;
    tried: { own: boolean; names: string[]; sockets: string; counters: string; why: (string | null)[] }[];
  };
  // At least our own, which runs as root.
  expect(hidden).toBeGreaterThan(0);
  expect(tried.filter(({ own }) => own)).toMatchObject([{ sockets: 'sampled', counters: 'sampled' }]);
  const other = tried.find(({ names }) => names.includes(lab.name));
  expect(other).toMatchObject({ sockets: 'SAMPLE_FAILED', counters: 'SAMPLE_FAILED' });
  // One reason, whatever was to be run there, so that it is one gap.
  expect(new Set(other?.why)).toEqual(new Set(['another network namespace cannot be entered (nsenter: Permission denied)']));
});
