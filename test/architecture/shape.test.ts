import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyNames, strangers, tooLong } from './shape.ts';
import { keptFiles } from './tree.ts';

const paths = (...names: string[]) => new Map(names.map((name) => [name, '']));

describe('the top level', () => {
  it('tells a file or folder that does not belong there', () => {
    expect(strangers(paths('src/main.ts', 'Dockerfile', '.ci/run', 'docs/a.md', '.env', 'notes.txt'))).toEqual([
      'docs',
      '.env',
      'notes.txt',
    ]);
  });
});

describe('length', () => {
  it('tells a file of 301 lines and lets one of 300 pass, with or without a last newline', () => {
    const lines = (count: number) => Array.from({ length: count }, () => 'x').join('\n');
    const tree = new Map([
      ['src/a.ts', lines(300)],
      ['src/b.ts', `${lines(300)}\n`],
      ['bpf/c.bt', lines(301)],
      ['test/golden/d.json', lines(900)],
    ]);
    expect(tooLong(tree)).toEqual(['bpf/c.bt: 301 lines']);
  });
});

describe('names', () => {
  it('that say nothing are told, for files and for folders', () => {
    const bad = ['src/utils/a.ts', 'src/sinks/util.ts', 'test/helpers.ts', 'src/server/http-helper.ts', 'test/common/b.ts'];
    expect(emptyNames(paths(...bad))).toEqual(bad);
  });

  it('that only hold such a word pass', () => {
    expect(emptyNames(paths('src/sinks/utility-bill.ts', 'src/core/commonality.ts'))).toEqual([]);
  });
});

describe('without git', () => {
  it('what lies there counts, less what .gitignore names', () => {
    const root = mkdtempSync(join(tmpdir(), 'synoptic tree '));
    try {
      for (const folder of ['src/core', 'node_modules/x', 'dist']) mkdirSync(join(root, folder), { recursive: true });
      for (const file of ['src/core/a.ts', 'node_modules/x/b.js', 'dist/c.js', 'README.md']) writeFileSync(join(root, file), '');
      writeFileSync(join(root, '.gitignore'), 'node_modules\ndist/\n');
      expect(keptFiles(root).sort()).toEqual(['.gitignore', 'README.md', 'src/core/a.ts']);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
