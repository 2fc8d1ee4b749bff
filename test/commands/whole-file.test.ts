import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exportCapture } from '../../src/commands/export.ts';
import { EXPORT_FORMATS } from '../../src/commands/output-formats.ts';
import { Progress, progressInWords } from '../../src/commands/progress.ts';
import { writeWhole } from '../../src/commands/whole-file.ts';
import { Folder } from '../sinks/capture/made.ts';

const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));
const common = { file: DEMO, stdout: process.stdout, terminal: null, stop: { asked: false }, say: () => undefined };

function screen(shown: string[]): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      shown.push(String(chunk));
      done();
    },
  });
}

async function* pieces(...given: readonly (string | Uint8Array | Error)[]): AsyncGenerator<string | Uint8Array> {
  for (const piece of given) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

describe('a file that is written whole', () => {
  it('is there only once it is complete, for its owner alone, and nothing lies beside it then', async () => {
    using folder = new Folder();
    const seen: string[][] = [];
    async function* watched(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ');
      seen.push(readdirSync(folder.path));
      yield Buffer.from('two');
    }
    expect(await writeWhole(watched(), folder.file('out'))).toBe(true);
    expect(seen).toEqual([[`out.${process.pid}.part`]]);
    expect(readdirSync(folder.path)).toEqual(['out']);
    expect(readFileSync(folder.file('out'), 'utf8')).toBe('one two');
    expect(statSync(folder.file('out')).mode & 0o777).toBe(0o600);
  });

  it('leaves the old one as it was where something goes wrong, and nothing else', async () => {
    using folder = new Folder();
    writeFileSync(folder.file('out'), 'old');
    await expect(writeWhole(pieces('new', new Error('no more')), folder.file('out'))).rejects.toThrow('no more');
    expect(readdirSync(folder.path)).toEqual(['out']);
    expect(readFileSync(folder.file('out'), 'utf8')).toBe('old');
  });

  it('replaces what a link leads to, not the link', async () => {
    using folder = new Folder();
    writeFileSync(folder.file('out'), 'old');
    symlinkSync(folder.file('out'), folder.file('link'));
    await writeWhole(pieces('new'), folder.file('link'));
    expect(lstatSync(folder.file('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(folder.file('out'), 'utf8')).toBe('new');
  });
});

describe('an export', { timeout: 60_000 }, () => {
  it.each(EXPORT_FORMATS)('to %s that is stopped says so, fails, and leaves nothing behind', async (to) => {
    using folder = new Folder();
    let looks = 0;
    const said: string[] = [];
    const stop = {
      get asked() {
        return ++looks > 100;
      },
    };
    expect(await exportCapture({ ...common, to, out: folder.file('out'), stop, say: (line) => void said.push(line) })).toBe(1);
    expect(looks).toBe(101);
    expect(said).toEqual(['stopped: nothing was written']);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('refuses to replace the capture it reads', async () => {
    using folder = new Folder();
    writeFileSync(folder.file('a.capture'), readFileSync(DEMO));
    symlinkSync(folder.file('a.capture'), folder.file('same'));
    for (const out of ['a.capture', 'same'].map((name) => folder.file(name))) {
      await expect(exportCapture({ ...common, file: folder.file('a.capture'), to: 'ndjson', out })).rejects.toMatchObject({
        code: 'USAGE',
      });
    }
    expect(readFileSync(folder.file('a.capture')).equals(readFileSync(DEMO))).toBe(true);
  });
});

describe('how far it is', () => {
  it('is told in one line: share, events, size and, once that can be known, what is left', () => {
    expect(progressInWords({ share: 0.05, events: 1000, bytes: 2e6 }, 500)).toBe('5 % · 1,000 events · 2 MB');
    expect(progressInWords({ share: 0.25, events: 1_234_567, bytes: 1.2e9 }, 10_000)).toBe('25 % · 1,234,567 events · 1.2 GB · 30 s left');
    expect(progressInWords({ share: 0, events: 0, bytes: 0 }, 10_000)).toBe('0 % · 0 events · 0 B');
  });

  it('is written over four times a second at most, cut to the terminal’s width, and gone in the end', () => {
    const shown: string[] = [];
    let nowMs = 0;
    const terminal = Object.assign(screen(shown), { columns: 12 });
    {
      using progress = new Progress({ terminal, now: () => nowMs });
      for (nowMs = 0; nowMs <= 600; nowMs += 10) progress.show({ share: nowMs / 1000, events: 1, bytes: 1 });
    }
    expect(shown.join('')).toBe('\r25 % · 1 ev\x1b[K\r50 % · 1 ev\x1b[K\r\x1b[K');
  });

  it('writes nothing where all was done at once', () => {
    const shown: string[] = [];
    const terminal = screen(shown);
    using progress = new Progress({ terminal, now: () => 0 });
    progress.show({ share: 1, events: 1, bytes: 1 });
    progress[Symbol.dispose]();
    expect(shown).toEqual([]);
  });
});
