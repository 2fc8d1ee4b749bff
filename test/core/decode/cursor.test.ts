import { describe, expect, it } from 'vitest';
import { Cursor, DecodeError } from '../../../src/core/decode/cursor.ts';

/** What the word at the beginning of a text is, or why it is none; `after`: what stands behind it. */
function read(word: string, after = ''): string {
  const cursor = new Cursor();
  cursor.load(word + after);
  cursor.reset(0, word.length);
  try {
    cursor.word();
    cursor.done();
    return ((BigInt(cursor.high) << 32n) | BigInt(cursor.low)).toString(16);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.message;
  }
}

/** The same, letter by letter; undefined where it is none. */
const hexOf = (word: string): string | undefined => (/^[\da-f]{1,16}$/.test(word) ? BigInt(`0x${word}`).toString(16) : undefined);

function check(word: string): void {
  const value = hexOf(word);
  if (value === undefined) expect(read(word), JSON.stringify(word)).toMatch(/^expected (a number in hex|the end of the line) at "/);
  else expect(read(word)).toBe(value);
}

const DIGITS = 'f0e1d2c3b4a59687';

describe('a word in hex', () => {
  it('is read whatever its length, up to sixteen digits, and no longer one', () => {
    for (let length = 0; length <= 18; length++) {
      check((DIGITS + DIGITS).slice(0, length));
    }
  });

  it('holds no other character than 0 to 9 and a to f, wherever it stands', () => {
    for (const length of [1, 4, 7, 12, 16])
      for (let at = 0; at < length; at++)
        for (let code = 0; code < 256; code++) check(DIGITS.slice(0, at) + String.fromCharCode(code) + DIGITS.slice(at + 1, length));
  });

  it('ends where its line ends, whatever text comes next', () => {
    for (let length = 1; length <= 16; length++) expect(read(DIGITS.slice(0, length), '\nffffffffffffffff')).toBe(DIGITS.slice(0, length));
  });

  it('ends where its text ends, whatever longer text was read before', () => {
    const cursor = new Cursor();
    for (let length = 1; length <= 16; length++) {
      cursor.load('f'.repeat(64));
      const word = DIGITS.slice(0, length);
      cursor.load(word);
      cursor.reset(0, length);
      expect(cursor.hex()).toBe(Number(`0x${word}`));
    }
  });

  it('is read where it stands behind characters that are no ASCII, which are none of it', () => {
    const cursor = new Cursor();
    for (const before of ['\u00e9', '\u20ac\u00ff', '\ud83d', 'a'.repeat(5000), '']) {
      const text = `${before} 1a2b3c4d5e6f7081 ${before}9`;
      cursor.load(text);
      cursor.reset(before.length + 1, text.length);
      expect([cursor.hex(), cursor.high, cursor.low]).toEqual([0x1a2b3c4d * 2 ** 32 + 0x5e6f7081, 0x1a2b3c4d, 0x5e6f7081]);
      if (before !== '' && !before.startsWith('a')) expect(() => cursor.word()).toThrow(DecodeError);
    }
  });
});
