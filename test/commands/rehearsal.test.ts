import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rehearse } from '../../src/commands/rehearsal.ts';
import { Pipeline } from '../../src/core/pipeline.ts';

const DEMO = new URL('../../src/sources/replay/demo.capture', import.meta.url).pathname;
const accept = vi.spyOn(Pipeline.prototype, 'accept');

let folder: string;
beforeEach(async () => {
  accept.mockClear();
  folder = await mkdtemp(join(tmpdir(), 'synoptic-rehearsal-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a rehearsal', () => {
  it('plays all of the capture, more than once', async () => {
    await rehearse(DEMO, new AbortController().signal);
    const inputs = accept.mock.calls.map(([input]) => input);
    const first = inputs.findIndex((input, at) => at > 0 && input === inputs[0]);
    expect(first).toBeGreaterThan(1000);
    expect(inputs.length % first).toBe(0);
    expect(inputs.length / first).toBeGreaterThan(5);
  }, 30_000);

  it('ends at once when it is stopped, and plays nothing', async () => {
    const stop = new AbortController();
    const rehearsing = rehearse(DEMO, stop.signal);
    stop.abort();
    await rehearsing;
    expect(accept).not.toHaveBeenCalled();
  });

  it.each([
    ['is not there', async () => undefined],
    ['is damaged', async (file: string) => writeFile(file, 'no capture')],
  ])('does without a capture that %s', async (_, make) => {
    const file = join(folder, 'a.capture');
    await make(file);
    await expect(rehearse(file, new AbortController().signal)).resolves.toBeUndefined();
  });
});
