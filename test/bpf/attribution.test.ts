import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// Processes in real cgroups and namespaces, as `synoptic tail` tells them on the host.

const ID = 'e'.repeat(64);
const UID = '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
const lab = new LabNamespace();
const made: string[] = [];
let actor: Actor;
let server: Actor;
let tail: Synoptic;

/** Where a cgroup hierarchy is mounted: cgroup v2's, or the v1 one of a controller that asks for nothing. */
function hierarchies(): [string, string][] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const two = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  const one = mounts.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('freezer'))?.[1];
  return [...(two === undefined ? [] : [['v2', two] as [string, string]]), ...(one === undefined ? [] : [['v1', one] as [string, string]])];
}

/** A cgroup and those above it; what was made here goes at the end, the innermost first. */
function cgroup(mount: string, path: string): string {
  let at = mount;
  for (const part of path.split('/')) {
    at = join(at, part);
    try {
      mkdirSync(at);
      made.unshift(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return at;
}

beforeAll(async () => {
  server = await lab.actor();
  tail = await Synoptic.ready(['tail', '--format', 'text']);
});

afterAll(async () => {
  await tail?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  for (const folder of made) rmdirSync(folder);
});

it('there is at least one hierarchy to test with', () => {
  expect(hierarchies().length).toBeGreaterThan(0);
});

it.each(
  hierarchies().flatMap(([version, mount]) => [
    [`docker under cgroup ${version}`, mount, `docker/${ID}`, `in docker ${ID.slice(0, 12)}`],
    [`a pod under cgroup ${version}`, mount, `kubepods/burstable/pod${UID}/${ID}`, `in pod ${UID}, container ${ID.slice(0, 12)}`],
  ]),
)('%s is told behind the owner, with the name of the namespace', async (_story, mount, path, words) => {
  actor = await lab.actor();
  writeFileSync(join(cgroup(mount, path), 'cgroup.procs'), String(actor.pid));
  const port = await server.number('serve', { host: '127.0.0.1' });
  await actor.does('burst', { host: '127.0.0.1', port, count: 1 });
  const line = await until('the line', () =>
    tail.stdout.split('\n').find((text) => text.includes(`→ 127.0.0.1:${port}`) && text.includes('FIN_WAIT1')),
  );
  expect(line).toContain(`[${actor.pid}] ${words}, netns ${lab.name}`);
  await actor.stop();
  // The kernel needs a moment to take the process out of its cgroup.
  await until('an empty cgroup', () => readFileSync(join(mount, path, 'cgroup.procs'), 'utf8') === '');
});
