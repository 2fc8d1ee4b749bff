import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionPage } from '../../src/formats/status.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// Processes in real cgroups and namespaces, as `synoptic` tells them on the host.

const ID = 'e'.repeat(64);
const UID = '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
const UNIT = `synoptic-test-${process.pid}.service`;
const WAIT_MS = 30_000;
const made: string[] = [];

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

/** A process in a namespace and a cgroup, until `use` is over and the kernel has taken it out of the latter. */
async function within(lab: LabNamespace, folder: string, use: (actor: Actor) => Promise<void>): Promise<void> {
  const actor = await lab.actor();
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(actor.pid));
    await use(actor);
  } finally {
    await actor.stop();
    await until('an empty cgroup', () => readFileSync(join(folder, 'cgroup.procs'), 'utf8') === '', WAIT_MS);
  }
}

/** Has the process connect until an event names its owner: on a busy machine the first may be told before anybody could look. */
async function ownedBy(actor: Actor, port: number, tail: Synoptic): Promise<Of<'state'>> {
  return until(
    'an event with its owner',
    async () => {
      await actor.does('burst', { host: '127.0.0.1', port, count: 1 });
      return tail.events.find((event): event is Of<'state'> => event.kind === 'state' && event.rport === port && event.owner !== null);
    },
    WAIT_MS,
  );
}

afterAll(() => {
  for (const folder of made) rmdirSync(folder);
});

it('there is at least one hierarchy to test with', () => {
  expect(hierarchies().length).toBeGreaterThan(0);
});

describe('on the host, with several namespaces at once', () => {
  const lab = new LabNamespace();
  let observe: Synoptic;
  let tail: Synoptic;

  beforeAll(async () => {
    [observe, tail] = await Promise.all([Synoptic.observe(), Synoptic.tail([`netns=${lab.netns}`])]);
  });
  afterAll(async () => {
    await observe?.[Symbol.asyncDispose]();
    await tail?.[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  const container = { id: ID, outer: null };
  it.each(
    hierarchies().flatMap(([version, mount]) => [
      [`docker under cgroup ${version}`, mount, `docker/${ID}`, { container: { ...container, runtime: 'docker' }, pod: null, unit: null }],
      [
        `a pod under cgroup ${version}`,
        mount,
        `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
        { container: { ...container, runtime: 'containerd' }, pod: { uid: UID, name: null, namespace: null }, unit: null },
      ],
      [`a service under cgroup ${version}`, mount, `system.slice/${UNIT}`, { container: null, pod: null, unit: UNIT }],
    ]),
  )('%s is told with its sockets, and the name of the namespace', async (_story, mount, path, where) => {
    await within(lab, cgroup(mount, path), async (actor) => {
      const port = await actor.number('serve', { host: '127.0.0.1' });
      const owned = await ownedBy(actor, port, tail);
      expect(owned).toMatchObject({ netnsName: lab.name, owner: { pid: actor.pid, lack: null, ...where } });
    });
  });

  it('finds by container and by a namespace’s name, and only there, though another has the same four-tuple', async () => {
    const [[, mount = ''] = []] = hierarchies();
    const other = new LabNamespace();
    try {
      await within(lab, cgroup(mount, `docker/${ID}`), async (inside) => {
        const outside = await other.actor();
        const port = await inside.number('serve', { host: '127.0.0.1' });
        await outside.number('serve', { host: '127.0.0.1', port });
        const page = async (filter: string) =>
          ConnectionPage.parse(await observe.get(`/api/v1/connections?filter=${encodeURIComponent(`lport=${port} ${filter}`)}`))
            .connections;
        const both = await until(
          'both, with their namespaces’ names',
          async () => {
            const rows = await page('');
            return rows.length === 2 && rows.every(({ netnsName }) => netnsName !== null) ? rows : null;
          },
          WAIT_MS,
        );
        expect(both.map(({ netnsName, pid }) => [netnsName, pid])).toEqual([
          [lab.name, inside.pid],
          [other.name, outside.pid],
        ]);
        expect((await page(`container=${ID.slice(0, 12)}`)).map(({ pid }) => pid)).toEqual([inside.pid]);
        expect((await page(`netns=${other.name}`)).map(({ pid }) => pid)).toEqual([outside.pid]);
        expect(await page('pod=*')).toEqual([]);
      });
      expect((await observe.status()).owners?.found).toBeGreaterThan(0);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});

it('says hidden, and not gone, where /proc hides others’ processes from the user it runs as', async () => {
  // A mount of /proc of its own: the machine's stays as it is.
  const under = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    'mount -t proc -o hidepid=invisible proc /proc; exec "$@"',
    'sh',
  ];
  const lab = new LabNamespace();
  try {
    await using tail = await Synoptic.tail([`netns=${lab.netns}`], { config: 'user: nobody\n', under });
    const actor = await lab.actor();
    const port = await actor.number('serve', { host: '127.0.0.1' });
    expect((await ownedBy(actor, port, tail)).owner).toMatchObject({ pid: actor.pid, comm: null, lack: 'hidden' });
  } finally {
    await lab[Symbol.asyncDispose]();
  }
});
