import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inertJson, inertText, visibleText } from '../../../src/formats/words/visible-text.ts';

const hostile = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\x1b', '\x9b', '\u202e', '\n', '\\')),
});

describe('inertText', () => {
  it('leaves our own lines as they are, and of others’ text nothing that acts', () => {
    expect(inertText('f.yml: “a\\*” \x1b]0;x\x07 is none\n  do: \u202eit')).toBe('f.yml: “a\\*” \\x1b]0;x\\x07 is none\n  do: \\u{202e}it');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(inertText(text).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
      }),
    );
  });
});

describe('inertJson', () => {
  it('makes a line of a log that says the same, is one line, and acts on no terminal', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = inertJson(JSON.stringify({ text }));
        expect(JSON.parse(line)).toEqual({ text });
        expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u);
      }),
    );
  });
});

describe('visibleText', () => {
  it.each([
    ['nginx: worker', 'nginx: worker'],
    ['düsseldorf-☂', 'düsseldorf-☂'],
    ['a\nb\tc\u0000', 'a\\x0ab\\x09c\\x00'],
    ['\u001b[31mred\u007f\u009b', '\\x1b[31mred\\x7f\\x9b'],
    ['exe.\u202egnp', 'exe.\\u{202e}gnp'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['\ud800 alone', '\\u{d800} alone'],
    ['back\\slash', 'back\\\\slash'],
    ['<img src=x>', '<img src=x>'],
  ])('%j is shown as %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('leaves nothing that steers or hides, and never shows two texts alike', () => {
    const text = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\\', 'x', '1', 'b', 'u', '{', '}', '\u001b')),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(visibleText(a)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\u200b]/u);
        expect(visibleText(a) === visibleText(b)).toBe(a === b);
      }),
    );
  });
});
