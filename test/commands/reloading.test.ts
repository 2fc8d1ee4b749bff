import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reloading } from '../../src/commands/reloading.ts';
import { loadConfig } from '../../src/config/load.ts';
import { until } from '../lab/until.ts';

let folder: string;
let file: string;
let lines: { level: string; about: Record<string, unknown>; message: string }[];
let followed: string[][];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synoptic-reload-'));
  file = join(folder, 'synoptic.yml');
  lines = [];
  followed = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function reloading(text: string): Promise<Reloading> {
  await writeFile(file, text);
  const write = (level: string) => (about: Record<string, unknown>, message: string) => void lines.push({ level, about, message });
  return await Reloading.open({
    file,
    env: {},
    config: await loadConfig(file, {}),
    log: { info: write('info'), warn: write('warn'), error: write('error') } as never,
    follow: (targets) => void followed.push(targets.map(({ name }) => name)),
  });
}

const A = 'tcp://10.0.0.1:80';
const B = 'tcp://10.0.0.2:80';
const C = 'tcp://10.0.0.3:80';

describe('reading the configuration again', () => {
  it('follows the targets of the new file, and logs which came, went and changed', async () => {
    using _reloading = await reloading(`probes:\n  - ${A}\n  - ${B}\n`);
    await writeFile(file, `probes:\n  - target: ${B}\n    every: 5s\n  - ${C}\n`);
    await until('they are followed', () => followed.length === 1);
    expect(followed).toEqual([[B, C]]);
    expect(lines).toMatchObject([
      { level: 'info', about: { added: { first: [C] }, removed: { first: [A] }, changed: { first: [B] }, targets: 2 } },
    ]);
  });

  it('refuses a bad file with every fault’s place, and keeps the targets until it is mended', async () => {
    using _reloading = await reloading(`probes:\n  - ${A}\n`);
    await writeFile(file, `probes:\n  - ${A}\n  - tcp://10.0.0.2\n  - target: ${C}\n    every: soon\n`);
    await until('it is refused', () => lines.length === 1);
    expect(lines[0]).toMatchObject({ level: 'error', message: expect.stringContaining('refused') });
    expect(lines[0]?.about['faults']).toEqual([
      expect.stringContaining(`${file}:3:5: target is not understood: "tcp://10.0.0.2" has no port`),
      expect.stringContaining('expected: a URL'),
      expect.stringContaining(`${file}:5:12: every is no length of time`),
      expect.stringContaining('expected: a length of time'),
    ]);
    expect(followed).toEqual([]);
    await writeFile(file, `probes:\n  - ${A}\n  - ${B}\n`);
    await until('it is mended', () => followed.length === 1);
    expect(lines[1]?.about).toMatchObject({ added: { first: [B] }, removed: { count: 0 }, changed: { count: 0 } });
  });

  it('says which other settings need a restart, and never what they are', async () => {
    using reload = await reloading('token: an-old-secret-token\n');
    await writeFile(file, 'token: a-new-secret-token\nmaxSockets: 5000\n');
    await reload.reload('SIGHUP');
    expect(lines).toMatchObject([{ level: 'warn', about: { settings: ['token', 'maxSockets'] } }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(followed).toEqual([]);
  });

  it('says so when it was asked to and nothing has changed', async () => {
    using reload = await reloading(`probes: [ "${A}" ]\n`);
    await reload.reload('SIGHUP');
    expect(lines).toMatchObject([{ level: 'info', about: { why: 'SIGHUP' }, message: expect.stringContaining('nothing has changed') }]);
  });
});
