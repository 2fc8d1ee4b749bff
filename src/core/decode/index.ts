import type { KernelRecord } from '../model/record.ts';
import { Cursor, DecodeError } from './cursor.ts';
import { decodeDrop } from './drop.ts';
import { decodeHeartbeat, decodeTurn } from './heartbeat.ts';
import { decodeName, Names } from './names.ts';
import { decodeNeighbour } from './neighbour.ts';
import { decodeNotice } from './notice.ts';
import { decodeReset } from './reset.ts';
import { decodeRetransmit } from './retransmit.ts';
import { decodeSocketError } from './socket-error.ts';
import { decodeLeanState, decodeState } from './state.ts';
import { decodeTier } from './tier.ts';
import { decodeTimeWait } from './time-wait.ts';

/** Null: nothing that anybody but the decoder must know. */
type Decode = (cursor: Cursor, tag: string, names: Names) => KernelRecord | null;

/** No script prints these any more, but captures hold them. */
const EARLIER: Readonly<Record<string, Decode>> = { S: decodeState, T: decodeState };

/** Which decoder reads the record with this tag. One file a script; a new script adds its tags here. */
export const DECODERS: Readonly<Record<string, Decode>> = {
  ...EARLIER,
  s: decodeState,
  t: decodeState,
  L: decodeLeanState,
  l: decodeLeanState,
  B: decodeTier,
  C: decodeName,
  R: decodeRetransmit,
  Y: decodeRetransmit,
  X: decodeReset,
  D: decodeDrop,
  E: decodeSocketError,
  N: decodeNeighbour,
  W: decodeTimeWait,
  H: decodeHeartbeat,
  U: decodeTurn,
};

/** What a decoder has to tell: a record, or a line that is none. */
export interface DecodeSink {
  record(record: KernelRecord): void;
  /** `line` is cut to 200 characters. */
  fault(line: string, why: string): void;
}

/** Heartbeats in which every thread at work is named again: two seconds. */
const NAMED_BEATS = 8;

/** A line longer than this is no record, and is not kept while its end is awaited. */
const MAX_LINE = 4096;

/**
 * Turns bpftrace's output, cut anywhere, into records. Whatever the bytes, it throws nothing, invents nothing and loses no line but
 * bpftrace's own talk without a call of `fault`. Hostile text cannot forge a record: the scripts print it in hex, and a device's name
 * holds no space.
 */
export class LineDecoder {
  readonly #sink: DecodeSink;
  readonly #cursor = new Cursor();
  readonly #names = new Names();
  readonly #byCode: readonly (Decode | undefined)[] = byCode(DECODERS);
  /** The beginning of a line whose end has not come yet. */
  #rest = '';
  /** Within a line that was too long: everything up to its end is dropped, once told. */
  #overlong = false;
  #lines = 0;
  #beats = 0;

  constructor(sink: DecodeSink) {
    this.#sink = sink;
  }

  /** Lines read so far, empty ones not counted. */
  get lines(): number {
    return this.#lines;
  }

  /** Takes the next piece, one character a byte. */
  write(piece: string): void {
    let start = 0;
    let end = piece.indexOf('\n');
    if (end >= 0 && (this.#rest !== '' || this.#overlong)) {
      const line = this.#rest + piece.slice(0, end);
      this.#rest = '';
      this.#cursor.load(line);
      this.#take(line, 0, line.length);
      start = end + 1;
      end = piece.indexOf('\n', start);
    }
    if (end >= 0) this.#cursor.load(piece);
    for (; end >= 0; end = piece.indexOf('\n', start)) {
      this.#take(piece, start, end);
      start = end + 1;
    }
    if (start === piece.length) return;
    this.#rest = this.#overlong ? '' : this.#rest + piece.slice(start);
    if (this.#rest.length > MAX_LINE) {
      this.#tooLong(this.#rest.slice(0, 200));
      this.#rest = '';
      this.#overlong = true;
    }
  }

  /** The stream ended: a line without its end was torn. */
  end(): void {
    if (this.#rest !== '') this.#sink.fault(this.#rest.slice(0, 200), 'a torn line at the end of the stream');
    this.#rest = '';
    this.#overlong = false;
  }

  #take(text: string, start: number, end: number): void {
    if (this.#overlong) this.#overlong = false;
    else if (end - start > MAX_LINE) this.#tooLong(text.slice(start, start + 200));
    else if (end > start) this.#line(text, start, end);
  }

  #tooLong(beginning: string): void {
    this.#sink.fault(beginning, `longer than ${MAX_LINE} characters`);
  }

  #line(text: string, start: number, end: number): void {
    this.#lines++;
    const decode = text.charCodeAt(start + 1) === 32 && end > start + 1 ? this.#byCode[text.charCodeAt(start)] : undefined;
    try {
      if (decode === undefined) this.#notice(text.slice(start, end));
      else {
        this.#cursor.reset(start + 2, end);
        const record = decode(this.#cursor, text.charAt(start), this.#names);
        if (record === null) return;
        if (record.type === 'heartbeat' && ++this.#beats % NAMED_BEATS === 0) this.#names.age();
        this.#sink.record(record);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#sink.fault(text.slice(start, Math.min(end, start + 200)), error.message);
    }
  }

  #notice(line: string): void {
    const notice = decodeNotice(line);
    if (notice === undefined) this.#sink.fault(line.slice(0, 200), 'no record that Synoptic knows');
    else if (notice !== null) this.#sink.record(notice);
  }
}

/** The decoders by the code of their tag's character. */
function byCode(decoders: Readonly<Record<string, Decode>>): (Decode | undefined)[] {
  const table = new Array<Decode | undefined>(128).fill(undefined);
  for (const [tag, decode] of Object.entries(decoders)) table[tag.charCodeAt(0)] = decode;
  return table;
}
