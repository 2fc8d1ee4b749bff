import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ProbeDetail, ProbePage } from '../../src/formats/probes.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';
import { Answering } from '../sources/probes/asking.ts';

// The whole observer, with a configuration that changes while it runs.

const folder = mkdtempSync(join(tmpdir(), 'synoptic-probes-'));
const file = join(folder, 'synoptic.yml');
let server: Answering;
let alive: string;
const dead = 'tcp://127.0.0.2:1';

beforeAll(async () => {
  server = await Answering.by((socket) => socket.on('data', () => socket.write('+PONG\r\n')), '0.0.0.0');
  alive = `redis://127.0.0.1:${server.port}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const write = (targets: readonly string[]): void => writeFileSync(file, `probes:\n${targets.map((target) => `  - ${target}\n`).join('')}`);

async function listed(synoptic: Synoptic): Promise<ProbePage['probes']> {
  return ProbePage.parse(await synoptic.get('/api/v1/probes')).probes;
}

it('probes what its configuration names, joined with the kernel, and follows the file without a restart', async () => {
  write([alive, dead]);
  await using synoptic = await Synoptic.observe(['--config', file]);
  // On a busy machine what answers may be found jittering: no fault of it, nor of ours.
  await until('both are judged', async () => {
    const [first, second] = await listed(synoptic);
    return (first?.health === 'healthy' || first?.health === 'jittering') && second?.health === 'dead';
  });
  const detail = ProbeDetail.parse(await synoptic.get(`/api/v1/probes/${encodeURIComponent(alive)}`));
  const joined = detail.attempts.find(({ kernel }) => kernel !== null);
  expect(joined).toMatchObject({ alive: true, words: 'PONG', unseen: null, kernel: { synRetransmits: 0 } });
  const { established } = joined?.kernel ?? { established: null };
  // The kernel is connected before the application hears of it, give or take the clocks' error.
  expect(Number(established)).toBeLessThan(Number(joined?.phases.connected) + Number(joined?.drift.errorUs));
  const { probes } = await synoptic.status();
  expect(probes).toMatchObject({ targets: 2, byHealth: { weak: 0, dead: 1 }, down: null, deaths: 0, untold: 0 });
  expect(Number(probes?.byHealth.healthy) + Number(probes?.byHealth.jittering)).toBe(1);
  const metrics = await (await fetch(`${synoptic.url}/metrics`)).text();
  expect(metrics).toContain(`synoptic_probe_up{target="${alive}",protocol="redis"} 1`);
  expect(metrics).toContain(`synoptic_probe_up{target="${dead}",protocol="tcp"} 0`);

  const third = `tcp://127.0.0.3:${server.port}`;
  write([alive, third]);
  await until('the new target is probed', async () =>
    (await listed(synoptic)).some(({ target, attempts }) => target === third && attempts > 0),
  );
  const now = await listed(synoptic);
  expect(now.map(({ target }) => target)).toEqual([alive, third]);
  expect(now[0]?.attempts).toBeGreaterThanOrEqual(detail.probe.attempts);
  expect(synoptic.stderr).toContain(third);

  write([alive, 'tcp://127.0.0.4']);
  await synoptic.says(/is refused; what was read before stays/);
  expect(synoptic.stderr).toContain(`${file}:3:5: target is not understood`);
  synoptic.kill('SIGHUP');
  await synoptic.says(/"why":"SIGHUP"/);
  expect((await listed(synoptic)).map(({ target }) => target)).toEqual([alive, third]);
  const { status } = await synoptic.stop();
  expect(status).toBe(0);
  await until('no connection of a probe is left', () => server.sockets.size === 0);
});
