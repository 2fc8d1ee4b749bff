import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Places } from '../../../src/sources/attribution/places.ts';
import { rootAt } from '../../../src/sources/machine/root.ts';

const ID = 'c'.repeat(64);
const POD = '/kubepods/pod5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
let folder: string;
let places: Places;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synoptic-places-'));
  places = new Places(rootAt(folder));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process as /proc shows it; its name is as hostile as a name can be. */
function process(pid: number, { started, cgroup, environ = '' }: { started: number; cgroup: string; environ?: string }): void {
  mkdirSync(join(folder, `proc/${pid}`), { recursive: true });
  const file = (name: string, text: string) => writeFileSync(join(folder, `proc/${pid}/${name}`), text);
  file('stat', `${pid} (a) S 9 9) S 1 ${Array.from({ length: 17 }, () => '0').join(' ')} ${started} 0`);
  file('cgroup', `0::${cgroup}\n`);
  file('environ', environ);
}

it('knows a pid again, and does not take its successor for it', () => {
  process(7, { started: 100, cgroup: `/docker/${ID}` });
  expect(places.of(7, 0)?.place.container).toBe(ID);
  process(7, { started: 200, cgroup: '/' });
  expect(places.of(7, 5000)?.place.container).toBeNull();
});

it('still tells where a process was that is gone: its last transitions come late', () => {
  process(7, { started: 100, cgroup: `/docker/${ID}` });
  places.of(7, 0);
  rmSync(join(folder, 'proc'), { recursive: true });
  expect(places.of(7, 5000)?.place.container).toBe(ID);
  expect(places.of(8, 5000)).toBeNull();
});

it('calls a pod what it calls itself, where that can be the name of one', () => {
  process(7, { started: 1, cgroup: POD, environ: 'PATH=/bin\0HOSTNAME=web-7f9c\0' });
  process(8, { started: 1, cgroup: POD, environ: 'HOSTNAME=\x1b[31mroot\0' });
  process(9, { started: 1, cgroup: '/', environ: 'HOSTNAME=web-7f9c\0' });
  expect([7, 8, 9].map((pid) => places.of(pid, 0)?.podName)).toEqual(['web-7f9c', null, null]);
});
