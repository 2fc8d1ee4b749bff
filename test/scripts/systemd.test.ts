import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const UNIT = fileURLToPath(new URL('../../scripts/systemd/synoptic.service', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** Of 10, as systemd 252 counts. What is left is named in the unit: host's network and /proc, and what bpftrace needs. */
const EXPOSURE = 4;

let folder: string;
let unit: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'synoptic-unit-'));
  unit = join(folder, 'synoptic.service');
  // Where it will be installed there is nothing here: verify wants to see the programs, and takes a space for the end of a path.
  const [app, node] = [join(folder, 'app'), join(folder, 'node')];
  symlinkSync(CHECKOUT, app);
  symlinkSync(process.execPath, node);
  const here = readFileSync(UNIT, 'utf8').replaceAll('/opt/synoptic/node_modules/.bin/node', node).replaceAll('/opt/synoptic', app);
  writeFileSync(unit, here);
});
afterAll(() => rmSync(folder, { recursive: true }));

const analyze = (...args: string[]): string =>
  execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

it('the unit is understood by systemd, every line of it', () => {
  expect(() => analyze('verify', '--man=no', unit)).not.toThrow();
});

it(`the unit leaves a service less exposed than ${EXPOSURE} of 10`, () => {
  const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(analyze('security', '--offline=true', '--no-pager', unit))?.[1]);
  expect(exposure).toBeGreaterThan(0);
  expect(exposure).toBeLessThan(EXPOSURE);
});
