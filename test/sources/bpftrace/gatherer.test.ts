import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GATHERED, Gatherer } from '../../../src/sources/bpftrace/gatherer.ts';

/** What bpftrace has written and nobody has read yet; a read gets all of it, as of a socket. */
class Written {
  #text = '';
  #wanted = false;
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

  end(): void {
    this.stream.push(null);
  }

  #give(): void {
    if (!this.#wanted || this.#text === '') return;
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

test('takes at once what comes after quiet: its process may be short', async () => {
  await settled();
  written.write('S 1\n');
  await settled();
  expect(taken).toEqual(['S 1\n']);
  await passes(20);
  written.write('S 2\n');
  await settled();
  expect(taken).toEqual(['S 1\n', 'S 2\n']);
});

test('takes all that comes within ten milliseconds in two reads, and in its order', async () => {
  await settled();
  written.write('S 0\n');
  await settled();
  await passes(5);
  const lines = Array.from({ length: 500 }, (_, at) => `S ${at + 1}\n`);
  for (const line of lines) {
    written.write(line);
    await Promise.resolve();
  }
  await settled();
  expect(taken).toEqual(['S 0\n']);
  await passes(5);
  expect(taken.join('')).toBe(['S 0\n', ...lines].join(''));
  expect(written.reads).toBe(3);
});

test('waits for nothing where there is much to do', async () => {
  await settled();
  written.write('S 0\n');
  await settled();
  await passes(5);
  const much = 'S 1\n'.repeat(16_384);
  written.write(much);
  await settled();
  expect(taken).toEqual(['S 0\n']);
  await passes(5);
  written.write('S 2\n');
  await settled();
  expect(taken).toEqual(['S 0\n', much, 'S 2\n']);
});

test('takes what waits before something else is told, once', async () => {
  await settled();
  written.write('S 1\n');
  await settled();
  await passes(5);
  written.write('S 2\n');
  await settled();
  expect(taken).toEqual(['S 1\n']);
  gatherer.flush();
  gatherer.flush();
  await passes(100);
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
