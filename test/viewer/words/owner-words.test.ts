import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../src/formats/filter.ts';
import { ownerLines } from '../../../src/viewer/words/owner-words.ts';
import { aConnection } from '../wire.ts';

const ID = `3f2a1b9c0d4e${'0'.repeat(52)}`;
const owner = {
  ...{ pid: 812, comm: 'ng"in*x', unit: 'kubelet.service', lack: null },
  container: { runtime: 'containerd', id: ID, outer: 'b'.repeat(64) },
  pod: { uid: '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f', name: 'web-7f9c', namespace: 'shop' },
};

describe('what is shown of an owner', () => {
  it('is the process, its thread, where it runs, and in what namespace', () => {
    const lines = ownerLines(aConnection({ comm: 'a\x1b*', owner, netnsName: 'cni-1' }));
    expect(lines.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'process: ng"in*x[812]',
      'thread: a\\x1b*',
      'pod: shop/web-7f9c',
      'container: containerd 3f2a1b9c0d4e',
      `within: ${'b'.repeat(12)}`,
      'unit: kubelet.service',
      'netns: cni-1 (4026531840)',
    ]);
  });

  it('leads by each line to a filter that this connection fits, whatever its text', () => {
    const connection = aConnection({ comm: 'a\x1b"*', owner, netnsName: 'cni-1' });
    const lines = ownerLines(connection);
    expect(lines.filter(({ filter }) => filter === null)).toEqual([]);
    for (const { filter } of lines) {
      expect(parseFilter(filter ?? '').matchesConnection(connection)).toBe(true);
      expect(parseFilter(filter ?? '').matchesConnection(aConnection({ pid: 1, comm: 'x', netns: 1 }))).toBe(false);
    }
  });

  it('says why nothing more is known, and nothing where nobody is', () => {
    const gone = { pid: 812, comm: null, unit: null, container: null, pod: null, lack: 'gone' } as const;
    expect(ownerLines(aConnection({ owner: gone })).map(({ value }) => value)).toEqual(['curl[812]', 'gone before it could be looked at']);
    expect(ownerLines(aConnection({ pid: null, comm: null }))).toEqual([]);
  });
});
