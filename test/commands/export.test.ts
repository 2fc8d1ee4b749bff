import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exportCapture } from '../../src/commands/export.ts';
import { parseSpeed } from '../../src/commands/speed.ts';
import { writeAll } from '../../src/commands/write-all.ts';
import { EventWire } from '../../src/formats/event.ts';
import { Folder } from '../sinks/capture/made.ts';

const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));

async function* lines(count: number, given: (line: number) => void = () => undefined): AsyncGenerator<string> {
  for (let line = 1; line <= count; line++) {
    given(line);
    yield `${'x'.repeat(1023)}\n`;
  }
}

describe('export --to ndjson', () => {
  it('writes every event of the capture, as its schema says, numbered without a gap', async () => {
    using folder = new Folder();
    const said: string[] = [];
    const common = { file: DEMO, to: 'ndjson', stdout: process.stdout, terminal: null, stop: { asked: false } } as const;
    expect(await exportCapture({ ...common, out: folder.file('out'), say: (line) => void said.push(line) })).toBe(0);
    const events = (await readFile(folder.file('out'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => EventWire.parse(JSON.parse(line)));
    expect(events.length).toBeGreaterThan(1000);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(said).toEqual([expect.stringContaining('events written')]);
  });

  it('says where it cannot be written', async () => {
    const common = {
      file: DEMO,
      to: 'ndjson',
      stdout: process.stdout,
      terminal: null,
      stop: { asked: false },
      say: () => undefined,
    } as const;
    await expect(exportCapture({ ...common, out: '/nonexistent/out' })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    await expect(exportCapture({ ...common, out: '/dev/full' })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  });
});

describe('what is written', () => {
  it('waits for a slow reader: no more than a batch or two is held', async () => {
    let taken = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length;
        setImmediate(done);
      },
    });
    await writeAll(
      lines(10_000, (line) => {
        most = Math.max(most, line * 1024 - taken);
      }),
      slow,
    );
    expect(taken).toBe(10_000 * 1024);
    expect(most).toBeLessThan(1024 * 1024);
  });

  it('ends without a word where the reader has seen enough', async () => {
    let given = 0;
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const whole = await writeAll(
      lines(10_000, (line) => {
        given = line;
      }),
      closed,
    );
    expect([whole, given < 10_000]).toEqual([false, true]);
  });
});

describe('--speed', () => {
  it('is a factor or max', () => {
    expect(['1', '0.5', '20', 'max'].map(parseSpeed)).toEqual([1, 0.5, 20, 'max']);
    for (const text of ['0', '-1', 'fast', '', '1e3']) expect(() => parseSpeed(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
