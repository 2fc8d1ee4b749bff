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

/** The value of a character that is a lower-case hex digit. */
const NOT_HEX = 255;
const HEX = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= ZERO && code <= 57) return code - ZERO;
  return code >= 97 && code <= 102 ? code - 87 : NOT_HEX;
});

export class Cursor {
  #text = '';
  #at = 0;
  #end = 0;

  /** Points at `text[start…end)`. One cursor serves every line of a run. */
  reset(text: string, start: number, end: number): void {
    this.#text = text;
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
    const text = this.#text;
    const end = this.#end;
    const start = this.#at;
    let at = start;
    let high = 0;
    let low = 0;
    // Most fill one half at most: a loop of their own, without the carry, takes a third off the time of all.
    const half = Math.min(end, start + 8);
    for (; at < half; at++) {
      const digit = HEX[text.charCodeAt(at)] ?? NOT_HEX;
      if (digit === NOT_HEX) break;
      low = (low << 4) | digit;
    }
    for (; at >= half && at < end; at++) {
      const digit = HEX[text.charCodeAt(at)] ?? NOT_HEX;
      if (digit === NOT_HEX) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (at === start || at - start > 16) throw this.#fault('a number in hex', start);
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
