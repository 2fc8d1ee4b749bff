import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runIn } from '../../../src/sources/samples/run.ts';
import { LabNamespace } from '../../lab/namespace.ts';

const OWN = { netns: 1, own: true, pid: null, names: [], path: '/proc/self/ns/net' };

describe('a command that', () => {
  it('is missing is named, with how to get it', async () => {
    await expect(runIn(OWN, ['/nonexistent/ss'], {})).rejects.toMatchObject({
      code: 'SAMPLE_FAILED',
      message: '`/nonexistent/ss`: not found',
      mend: 'install /nonexistent/ss',
    });
  });

  it('hangs is ended at its time limit', async () => {
    const began = performance.now();
    await expect(runIn(OWN, ['sleep', '60'], { timeoutMs: 100 })).rejects.toThrow('not done after 100 ms');
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('never stops printing is ended at the bound', async () => {
    await expect(runIn(OWN, ['yes', 'a'.repeat(100)], {})).rejects.toThrow('printed more than 32 MiB');
  });

  it('fails says why in its own words', async () => {
    await expect(runIn(OWN, ['cat', '/nonexistent/file'], {})).rejects.toThrow('No such file or directory');
  });
});

it('runs in the namespace asked for, and leaves no open file behind', async () => {
  await using lab = new LabNamespace();
  const namespace = await lab.found();
  const held = () =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === `net:[${namespace.netns}]`;
      } catch {
        return false; // closed meanwhile: others of this process come and go
      }
    });
  expect(await runIn(namespace, ['readlink', '/proc/self/ns/net'], {})).toBe(`net:[${namespace.netns}]\n`);
  expect(held()).toBe(false);
});
