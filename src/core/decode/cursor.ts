/**
 * Reads the space-separated fields of one line in place, without cutting strings out of it where a number will do.
 * A field that is not what it must be throws {@link DecodeError}; nothing else ever leaves this module.
 */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}

const SPACE = 32;
const DASH = 45;
const ZERO = 48;
const NINE = 57;

/** Every engine has it; no library of types that the core may see does. */
declare const TextEncoder: new () => { encodeInto(text: string, bytes: Uint8Array): { readonly written: number } };

/** What stands for a character that is no ASCII: no byte of any field. */
const FOREIGN = 255;
/** Bytes behind the text, so that four can be read at once from each of its own. */
const SLACK = 4;

/**
 * Reads the fields of one line after the other in one text. Nearly all is hex, which is read four bytes at a time from the text's bytes: of a string each
 * character costs 50 instructions, and a line has a hundred.
 */
export class Cursor {
  readonly #encoder = new TextEncoder();
  #text = '';
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;

  /** The text that is read from now on, one character a byte. One cursor serves every line of a run. */
  load(text: string): void {
    this.#text = text;
    if (this.#bytes.length < text.length + SLACK) {
      // By doubling, for pieces come in all sizes.
      this.#bytes = new Uint8Array(2 * text.length + SLACK);
      this.#view = new DataView(this.#bytes.buffer);
    }
    const bytes = this.#bytes;
    const { written } = this.#encoder.encodeInto(text, bytes);
    // Any other than ASCII takes more than one byte, and there is room for more than all: then the others must be put where they stand in the text.
    if (written !== text.length)
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        bytes[at] = code < 128 ? code : FOREIGN;
      }
    bytes.fill(0, text.length, text.length + SLACK);
  }

  /** Points at `text[start…end)`, which a character that is no hex digit follows, or nothing. */
  reset(start: number, end: number): void {
    this.#at = start;
    this.#end = end;
  }

  /** An unsigned decimal number. Beyond 2^53 it is rounded to the nearest double. */
  uint(): number {
    const start = this.#at;
    let at = start;
    let value = 0;
    for (; at < this.#end; at++) {
      const digit = this.#text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === start || at - start > 20) throw this.#fault('a number', start);
    this.#finish(at, 'a number');
    // Sixteen digits and more round at every step above, but only once here.
    return at - start < 16 ? value : Number(this.#text.slice(start, at));
  }

  /** A decimal number that may be negative. */
  int(): number {
    if (this.#text.charCodeAt(this.#at) !== DASH || this.#at >= this.#end) return this.uint();
    this.#at++;
    return -this.uint();
  }

  /** A port, 0 to 65535. */
  port(): number {
    const start = this.#at;
    const value = this.uint();
    if (value > 65535) throw this.#fault('a port', start);
    return value;
  }

  /** Halves of what {@link word} read last, each an unsigned 32-bit number. */
  high = 0;
  low = 0;

  /** An unsigned 64-bit number in hex, given in two halves. */
  word(): void {
    const start = this.#at;
    let at = start;
    let high = 0;
    let low = 0;
    for (let left = 4; left > 0; left--) {
      // Four characters, the first in the lowest byte; what is computed of them stays within each one's byte.
      const four = this.#view.getInt32(at, true);
      const letters = (four >>> 6) & 0x01010101;
      const digits = (four & 0x0f0f0f0f) + letters * 9;
      // Hex they are where the digits, written anew, are the same characters.
      const beyond9 = ((digits + 0x06060606) >>> 4) & 0x01010101;
      const wrong = ((digits + 0x30303030 + beyond9 * 0x27) ^ four) | (digits & 0xf0f0f0f0);
      const pairs = ((digits << 4) | (digits >>> 8)) & 0x00ff00ff;
      const value = ((pairs << 8) | (pairs >>> 16)) & 0xffff;
      if (wrong === 0) {
        high = (high << 16) | (low >>> 16);
        low = (low << 16) | value;
        at += 4;
      } else {
        // Where the first stands that is none: the number ends within these four.
        const count = (31 - Math.clz32(wrong & -wrong)) >>> 3;
        if (count > 0) {
          high = (high << (4 * count)) | (low >>> (32 - 4 * count));
          low = (low << (4 * count)) | (value >>> (16 - 4 * count));
          at += count;
        }
        break;
      }
    }
    if (at === start || (at - start === 16 && this.#isHex(at))) throw this.#fault('a number in hex', start);
    this.#finish(at, 'a number in hex');
    this.high = high >>> 0;
    this.low = low >>> 0;
  }

  /** As {@link word}, as one number. Beyond 2^53 it is rounded to the nearest double. */
  hex(): number {
    this.word();
    return this.high * 0x100000000 + this.low;
  }

  /** A 64-bit kernel pointer in hex, as its low 52 bits: kernel addresses differ there, and a double holds them exactly. */
  pointer(): number {
    this.word();
    return (this.high & 0xfffff) * 0x100000000 + this.low;
  }

  /** Any text without a space. */
  token(): string {
    const start = this.#at;
    let at = start;
    while (at < this.#end && this.#text.charCodeAt(at) !== SPACE) at++;
    if (at === start) throw this.#fault('a word', start);
    this.#finish(at, 'a word');
    return this.#text.slice(start, at);
  }

  /** As {@link token}, or nothing at all where two spaces follow each other. */
  tokenOrNothing(): string {
    if (this.#at >= this.#end || this.#text.charCodeAt(this.#at) !== SPACE) return this.token();
    this.#finish(this.#at, 'a word');
    return '';
  }

  /** An IP address: hex digits, dots and colons only, so that no other text can pass for one. */
  address(): string {
    const start = this.#at;
    let at = start;
    for (; at < this.#end; at++) {
      const code = this.#text.charCodeAt(at);
      const fits = (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || code === 46;
      if (!fits) break;
    }
    if (at === start || at - start > 45) throw this.#fault('an address', start);
    this.#finish(at, 'an address');
    return this.#text.slice(start, at);
  }

  /** Bytes as bpftrace's `%rx` prints them (`\x70\x79…`, or without the `\x`), one character a byte. */
  bytes(): string {
    const word = this.token().replaceAll('\\x', '');
    if (!/^(?:[0-9a-f]{2})+$/.test(word)) throw new DecodeError('expected bytes in hex');
    let bytes = '';
    for (let at = 0; at < word.length; at += 2) bytes += String.fromCharCode(Number.parseInt(word.slice(at, at + 2), 16));
    return bytes;
  }

  /** Must be called after the last field: a record has no more than its fields. */
  done(): void {
    if (this.#at < this.#end) throw this.#fault('the end of the line', this.#at);
  }

  #isHex(at: number): boolean {
    const code = at < this.#end ? this.#bytes[at] : undefined;
    return code !== undefined && ((code >= ZERO && code <= NINE) || (code >= 97 && code <= 102));
  }

  #finish(at: number, expected: string): void {
    if (at < this.#end) {
      if (this.#text.charCodeAt(at) !== SPACE || at + 1 === this.#end) throw this.#fault(expected, at);
      this.#at = at + 1;
    } else this.#at = at;
  }

  #fault(expected: string, at: number): DecodeError {
    return new DecodeError(`expected ${expected} at ${JSON.stringify(this.#text.slice(at, Math.min(this.#end, at + 24)))}`);
  }
}

/**
 * `comm`: 16 bytes, ended by the first NUL, UTF-8 where it is that: the kernel cuts it anywhere. Bytes that are not UTF-8 are shown as
 * U+FFFD, so that two different names may look the same but none can break out of its field.
 */
export function commOf(bytes: string): string {
  const nul = bytes.indexOf('\0');
  const raw = nul < 0 ? bytes : bytes.slice(0, nul);
  return raw.replace(NOT_ASCII, (bytes) => (bytes.length === 1 ? '\ufffd' : decodeURIComponent(Array.from(bytes, percent).join(''))));
}

/** A character of several bytes (RFC 3629 §4), or a byte that belongs to none. */
const NOT_ASCII =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`;
}
