import { dotted } from '../model/address.ts';
import { Cursor, commOf, DecodeError } from './cursor.ts';
import { DECODERS } from './index.ts';
import { Names } from './names.ts';
import { decodeNotice } from './notice.ts';

/** What stands for what a record names. The same text always gets the same stand-in, or a replay would find something else. */
export interface StandIns {
  /** Null: no address. Text as the kernel prints it, IPv4 dotted, v4-mapped too. */
  address(text: string): string | null;
  process(name: string): string;
  device(name: string): string;
  /** Six bytes in hex, no separators. */
  link(hex: string): string;
  /** 52 bits at most, in hex. */
  pointer(hex: string): string;
}

/**
 * What stands in which field of a record, counted from its tag, 0. `ends`: both IPv4 addresses in one word. What is not named here holds
 * numbers that stay: times, ports, pids, states, sequence numbers, namespaces.
 */
type Field = 'pointer' | 'ends' | 'address' | 'comm' | 'device' | 'link';
const WORDS = { 2: 'pointer', 4: 'ends' } as const;
const TEXTS = { 2: 'pointer', 4: 'address', 5: 'address' } as const;
const LEAN = { 2: 'pointer', 5: 'address', 7: 'address' } as const;
export const FIELDS: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  S: WORDS,
  s: WORDS,
  T: TEXTS,
  t: TEXTS,
  L: LEAN,
  l: { ...LEAN, 10: 'comm' },
  B: {},
  C: { 2: 'comm' },
  R: { 2: 'pointer', 5: 'address', 7: 'address' },
  Y: { 2: 'pointer', 4: 'address', 6: 'address' },
  X: { 3: 'pointer', 7: 'address', 9: 'address' },
  D: { 2: 'pointer', 7: 'address', 9: 'address' },
  E: { 3: 'address', 5: 'address' },
  W: { 5: 'address', 7: 'address' },
  N: { 3: 'address', 4: 'device', 8: 'link', 9: 'link' },
  H: {},
  U: {},
};

/** As the decoder: a line longer than this is no record. */
const MAX_LINE = 4096;
/** What stands for a line that is no record; it is none either, so that a replay tells of it, too. */
export const WITHHELD_LINE = '? withheld';
/** What stands for bpftrace's own talk, from which nothing is learnt. */
const WITHHELD_TALK = 'INFO: withheld';

/**
 * Writes bpftrace's output anew, cut anywhere, with stand-ins in place of what records name. A line leaves with the piece that ends it, when the
 * decoder would tell of it, too; nothing that is no record is passed on.
 */
export class LineRewriter {
  readonly #standIns: StandIns;
  readonly #cursor = new Cursor();
  readonly #names = new Names();
  #rest = '';
  #overlong = false;
  #withheld = 0;

  constructor(standIns: StandIns) {
    this.#standIns = standIns;
  }

  /** Lines that were not passed on, bpftrace's own talk not counted. */
  get withheld(): number {
    return this.#withheld;
  }

  write(piece: string): string {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    const written: string[] = [];
    for (const line of lines) {
      if (this.#overlong) this.#overlong = false;
      else written.push(line === '' ? '' : this.#line(line));
    }
    if (this.#overlong) this.#rest = '';
    else if (this.#rest.length > MAX_LINE) {
      written.push(this.#withhold());
      this.#overlong = true;
      this.#rest = '';
    }
    // Joined at once: text that grows by a line at a time is a chain of pieces, which costs more memory than all the rest.
    return written.length === 0 ? '' : `${written.join('\n')}\n`;
  }

  /** The stream ended: what stands for a line without its end. */
  end(): string {
    const torn = this.#rest !== '';
    this.#rest = '';
    this.#overlong = false;
    return torn ? this.#withhold() : '';
  }

  #line(line: string): string {
    const tag = line.charAt(0);
    const decode = line.charAt(1) === ' ' ? DECODERS[tag] : undefined;
    if (line.length > MAX_LINE) return this.#withhold();
    if (decode === undefined) return this.#notice(line);
    try {
      this.#cursor.load(line);
      this.#cursor.reset(2, line.length);
      decode(this.#cursor, tag, this.#names);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#withhold();
    }
    const words = line.split(' ');
    for (const [at, field] of Object.entries(FIELDS[tag] ?? {})) {
      const word = this.#word(field, words[Number(at)] ?? '');
      if (word === null) return this.#withhold();
      words[Number(at)] = word;
    }
    return words.join(' ');
  }

  #notice(line: string): string {
    const notice = decodeNotice(line);
    if (notice === undefined) return this.#withhold();
    // A counter is made of a map's name and numbers, a loss of a number.
    return notice === null ? WITHHELD_TALK : line;
  }

  #word(field: Field, word: string): string | null {
    switch (field) {
      case 'address':
        return this.#standIns.address(word);
      case 'pointer':
        return this.#standIns.pointer(word.slice(-13));
      case 'device':
        return this.#standIns.device(word);
      case 'ends':
        return this.#ends(word);
      case 'comm': {
        const name = commOf(latin1(word));
        return name === '' ? '00' : hex(this.#standIns.process(name));
      }
      case 'link': {
        const bytes = word.replaceAll('\\x', '');
        // Only addresses of six bytes are ever told.
        return bytes.length === 12 ? this.#standIns.link(bytes) : '0'.repeat(bytes.length);
      }
    }
  }

  /** Two IPv4 addresses, each as a little-endian machine reads its four bytes. */
  #ends(word: string): string | null {
    const digits = word.padStart(16, '0');
    const near = this.#v4(digits.slice(0, 8));
    const far = this.#v4(digits.slice(8));
    return near === null || far === null ? null : (near + far).replace(/^0+(?=.)/, '');
  }

  #v4(digits: string): string | null {
    const address = this.#standIns.address(dotted(Number.parseInt(digits, 16)));
    if (address === null) return null;
    const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    return octets.reverse().join('');
  }

  #withhold(): string {
    this.#withheld++;
    return WITHHELD_LINE;
  }
}

/** Bytes as bpftrace prints them, one character a byte. */
function latin1(word: string): string {
  return word.replaceAll('\\x', '').replace(/../g, (digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** A stand-in is ASCII. */
function hex(name: string): string {
  return Array.from(name, (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
