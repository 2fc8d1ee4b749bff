import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GATHERED, Gatherer } from '../../../src/sources/bpftrace/gatherer.ts';

/** What bpftrace has written and nobody has read yet; a read gets all of it, as of a socket, once somebody asks. */
class Written {
  #text = '';
  #wanted = false;
  #ended = false;
  readonly stream = new Readable({
    highWaterMark: GATHERED,
    encoding: 'latin1',
    read: () => {
      this.#wanted = true;
      this.#give();
    },
  });
  reads = 0;

  write(text: string): void {
    this.#text += text;
    this.#give();
  }

  /** Whoever reads hears of it behind all that was written. */
  end(): void {
    this.#ended = true;
    this.#give();
  }

  #give(): void {
    if (!this.#wanted) return;
    if (this.#text === '') {
      if (this.#ended) this.stream.push(null);
      return;
    }
    this.#wanted = false;
    this.reads++;
    const text = this.#text;
    this.#text = '';
    this.stream.push(text, 'latin1');
  }
}

let taken: string[];
let written: Written;
let gatherer: Gatherer;
let nowMs: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  taken = [];
  nowMs = 1000;
  written = new Written();
  gatherer = new Gatherer({ stream: written.stream, take: (text) => taken.push(text), now: () => nowMs });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Streams say in a microtask, or the next tick, that they can be read. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

async function passes(ms: number): Promise<void> {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
  await settled();
}

/** Something that comes while nobody rests: read at once, and nothing is asked for behind it for a turn. */
async function begun(): Promise<void> {
  await settled();
  written.write('S 0\n');
  await settled();
  expect(taken.splice(0)).toEqual(['S 0\n']);
  written.reads = 0;
}

test('takes at once what comes after quiet, and the next: its process may be short', async () => {
  await settled();
  await passes(1000);
  for (const line of ['H 1\n', 'S 2\n']) {
    await passes(12);
    written.write(line);
    await settled();
    expect(taken.splice(0)).toEqual([line]);
  }
  // More than that is no quiet.
  await passes(12);
  written.write('S 3\n');
  await settled();
  expect(taken).toEqual([]);
  await passes(8);
  expect(taken).toEqual(['S 3\n']);
});

test('takes all that comes within twenty milliseconds in one read, at their end, and in its order', async () => {
  await begun();
  await passes(5);
  const lines = Array.from({ length: 500 }, (_, at) => `S ${at + 1}\n`);
  for (const line of lines) {
    written.write(line);
    await Promise.resolve();
  }
  await passes(14);
  expect([taken, written.reads]).toEqual([[], 0]);
  await passes(1);
  expect([taken, written.reads]).toEqual([[lines.join('')], 1]);
});

test('reads on at once where a reading did not get all', async () => {
  await begun();
  await passes(5);
  const full = 'S 1\n'.repeat(16_384);
  written.write(full);
  await passes(15);
  expect(taken).toEqual([full]);
  written.write('S 2\n');
  await settled();
  expect(taken).toEqual([full, 'S 2\n']);
});

test('pauses no longer than bpftrace takes to fill half of what lies between, and for a whole turn again once that is much', async () => {
  await begun();
  const comes = async (kilobytes: number): Promise<number> => {
    written.write('S 1\n'.repeat(kilobytes * 256));
    for (let ms = 0; ; ms++) {
      if (taken.length > 0) return taken.splice(0).length * ms;
      await passes(1);
    }
  };
  // After so many ms it was read; the pause behind it follows from how much that was.
  expect([await comes(48), await comes(60), await comes(60), await comes(24), await comes(24), await comes(1), await comes(1)]).toEqual([
    20, 20, 16, 12, 20, 20, 20,
  ]);
});

test('takes what was read before something else is told, once', async () => {
  const untaken = new Readable({ highWaterMark: GATHERED, encoding: 'latin1', read: () => undefined });
  const alone = new Gatherer({ stream: untaken, take: (text) => taken.push(text) });
  await settled();
  untaken.push('S 1\n', 'latin1');
  // Before the stream has said that it can be read.
  alone.flush();
  alone.flush();
  expect(taken).toEqual(['S 1\n']);
  await passes(100);
  expect(taken).toEqual(['S 1\n']);
});

test('asks for nothing that has not been read where something else is told: that is what the turns are for', async () => {
  await settled();
  written.write('S 1\n');
  await settled();
  written.write('S 2\n');
  gatherer.flush();
  await settled();
  expect(taken).toEqual(['S 1\n']);
  await passes(20);
  expect(taken).toEqual(['S 1\n', 'S 2\n']);
});

test('comes to the end of the stream, and has all of it', async () => {
  const ended = new Promise((resolve) => written.stream.on('end', resolve));
  await settled();
  written.write('S 1\n');
  await settled();
  written.write('\n! exit 0\n');
  written.end();
  await passes(20);
  await passes(20);
  await ended;
  expect(taken.join('')).toBe('S 1\n\n! exit 0\n');
});
