import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RehearsalOptions, rehearse } from '../../src/commands/rehearsal.ts';
import { Pipeline } from '../../src/core/pipeline.ts';

const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));
const accept = vi.spyOn(Pipeline.prototype, 'accept');

let folder: string;
beforeEach(async () => {
  accept.mockClear();
  folder = await mkdtemp(join(tmpdir(), 'synoptic-rehearsal-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Without waiting, twice where it is not said how often. */
const rehearsing = (more: Partial<RehearsalOptions> = {}) =>
  rehearse({ file: DEMO, signal: new AbortController().signal, enough: () => false, afterMs: 0, restMs: 0, passes: 2, ...more });
const inputs = () => accept.mock.calls.map(([input]) => input);

describe('a rehearsal', () => {
  it('plays all of the capture, as often as it is to', async () => {
    await rehearsing();
    const once = inputs().length / 2;
    expect(once).toBeGreaterThan(1000);
    expect(inputs().slice(once)).toEqual(inputs().slice(0, once));
  }, 30_000);

  it('is over once enough has come from the kernel', async () => {
    let passes = 0;
    await rehearsing({ passes: 100, enough: () => ++passes > 1 });
    expect(inputs().filter(({ type }) => type === 'kernel-up')).toHaveLength(1);
  }, 30_000);

  it('ends at once when it is stopped: before it begins, and in the middle', async () => {
    const stop = new AbortController();
    const before = rehearsing({ afterMs: 60_000, signal: stop.signal });
    const middle = rehearsing({ passes: 1_000_000, signal: stop.signal });
    await vi.waitUntil(() => inputs().length > 0, { timeout: 20_000 });
    stop.abort();
    await Promise.all([before, middle]);
  }, 30_000);

  it.each([
    ['is not there', async () => undefined],
    ['is damaged', async (file: string) => writeFile(file, 'no capture')],
  ])('does without a capture that %s', async (_, make) => {
    const file = join(folder, 'a.capture');
    await make(file);
    await rehearsing({ file });
    expect(accept).not.toHaveBeenCalled();
  });

  it('does not hide a fault of the core', async () => {
    accept.mockImplementationOnce(() => {
      throw new TypeError('a fault');
    });
    await expect(rehearsing()).rejects.toThrow('a fault');
  });
});
