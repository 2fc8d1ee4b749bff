import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from '../lab/product.ts';

describe('the built program', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'synoptic-built-'));
    const root = dirname(dirname(MAIN));
    for (const part of ['dist', 'package.json', 'src/sources/replay/demo.capture']) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const synoptic = (...args: string[]) => execa(process.execPath, [join(folder, 'dist/main.js'), ...args], { stdin: 'ignore' });

  it('brings its packages along', async () => {
    expect((await synoptic('--version')).stdout).toMatch(/^\d+\.\d+\.\d+$/);
    const { stdout } = await synoptic('export', '--to', 'ndjson', '-o', '-', join(folder, 'src/sources/replay/demo.capture'));
    expect(stdout.split('\n').length).toBeGreaterThan(100);
  });

  it('serves with them: its thread is a file that brings its own', { timeout: 20_000 }, async () => {
    const data = join(folder, 'data');
    const observing = synoptic('observe', '--demo', '--listen', '127.0.0.1:0', '--data', data);
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let said = '';
        observing.stderr.on('data', (some: Buffer) => {
          said += some;
          const found = /^serving (\S+)[\s\S]*^ready$/m.exec(said);
          if (found?.[1] !== undefined) resolve(found[1]);
        });
        observing.then(() => reject(new Error(said)), reject);
      });
      expect(await (await fetch(`${url}/api/v1/status`)).json()).toMatchObject({ mode: 'demo' });
    } finally {
      observing.kill('SIGINT');
      await observing;
    }
  });

  it('has a file for each of its threads, and V8 keeps each in a byte a character', () => {
    const files = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.js'));
    const text = (name: string): string => readFileSync(join(folder, 'dist', name), 'utf8');
    const threads = files.flatMap((name) => [...text(name).matchAll(/new Worker\(new URL\(.\.\/([\w-]+\.js)/g)].map(([, file]) => file));
    expect(threads.sort()).toEqual([
      'commands-survey-worker.js',
      'server-worker.js',
      'sources-probes-worker.js',
      'sources-samples-lookout-thread.js',
    ]);
    expect(files).toEqual(expect.arrayContaining(threads));
    expect(files.filter((name) => /[^\0-\xff]/.test(text(name)))).toEqual([]);
  });
});
