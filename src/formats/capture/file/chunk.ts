import { crc32 } from 'node:zlib';
import { SynopticError } from '../../../core/model/errors.ts';

/**
 * The outer layer of a capture file: {@link MAGIC}, then chunks, each covered by checksums, so that no changed byte goes unnoticed and a file
 * that ends anywhere is whole up to its last chunk.
 *
 *     chunk   kind u8 · raw u32 · length u32 · crc32 of those 9 bytes u32 · payload · crc32 of the payload u32     little endian
 *     H       the header, JSON; first                          S   a segment begins, JSON
 *     D       the next piece of the segment's zstd stream, up to a flush; raw is what it unpacks to, in bytes
 *     E       the segment is sealed, JSON                      T   …or ends within a write: its writer was killed, JSON
 *     Z       the file is complete, JSON; only notes follow    N   a note, JSON
 */
export const MAGIC = Buffer.from('SYNCAP\r\n', 'latin1');

export type ChunkKind = 'H' | 'S' | 'D' | 'E' | 'T' | 'Z' | 'N';
const KINDS = 'HSDETZN';

/** Bytes before the payload, and behind it. */
export const CHUNK_HEAD = 13;
const TAIL = 4;
/** What a chunk adds to its payload, bytes. */
export const CHUNK_FRAME = CHUNK_HEAD + TAIL;

/** No chunk is longer, packed or unpacked: whoever reads needs no more memory than that. A writer flushes before it is reached. */
export const MAX_PAYLOAD = 16 * 1024 * 1024;
export const MAX_RAW = 8 * 1024 * 1024;

export interface Chunk {
  readonly kind: ChunkKind;
  /** Unpacked bytes; 0 for kinds other than D. */
  readonly raw: number;
  readonly payload: Buffer;
  /** Where it begins in the file, and its whole length, bytes. */
  readonly at: number;
  readonly bytes: number;
}

/** One chunk as it stands in a file. */
export function printChunk(kind: ChunkKind, payload: Buffer, raw = 0): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK_FRAME + payload.length);
  chunk.writeUInt8(kind.charCodeAt(0), 0);
  chunk.writeUInt32LE(raw, 1);
  chunk.writeUInt32LE(payload.length, 5);
  chunk.writeUInt32LE(crc32(chunk.subarray(0, 9)), 9);
  payload.copy(chunk, CHUNK_HEAD);
  chunk.writeUInt32LE(crc32(payload), CHUNK_HEAD + payload.length);
  return chunk;
}

export function printJsonChunk(kind: ChunkKind, value: unknown): Buffer {
  return printChunk(kind, Buffer.from(JSON.stringify(value), 'utf8'));
}

/** A fault of the file, with the place. */
export function damaged(file: string, at: number, message: string, cause?: unknown): SynopticError {
  return new SynopticError('CAPTURE_DAMAGED', message, {
    where: `${file}, byte ${at}`,
    expected: 'a capture as Synoptic wrote it',
    mend: 'copy it again from where it was taken; up to that place it is whole',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Cuts a file, given in pieces, into chunks, and holds each against its checksums. */
export class ChunkReader {
  readonly #file: string;
  #waiting: Buffer = Buffer.alloc(0);
  #at = 0;
  #begun = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Bytes of a chunk whose end has not come; after the last piece, those of a torn tail. */
  get rest(): number {
    return this.#waiting.length;
  }

  /** Where the next chunk begins: everything before is whole. */
  get at(): number {
    return this.#at;
  }

  /** @throws SynopticError CAPTURE_DAMAGED */
  *push(piece: Buffer): Generator<Chunk> {
    this.#waiting = this.#waiting.length === 0 ? piece : Buffer.concat([this.#waiting, piece]);
    if (!this.#begun) {
      if (this.#waiting.length < MAGIC.length) return;
      if (!this.#waiting.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged(this.#file, 0, 'This is no capture');
      this.#begun = true;
      this.#take(MAGIC.length);
    }
    for (let chunk = this.#next(); chunk !== null; chunk = this.#next()) {
      this.#take(chunk.bytes);
      yield chunk;
    }
  }

  #next(): Chunk | null {
    const bytes = this.#waiting;
    if (bytes.length < CHUNK_HEAD) return null;
    if (crc32(bytes.subarray(0, 9)) !== bytes.readUInt32LE(9)) throw damaged(this.#file, this.#at, 'The beginning of a chunk is damaged');
    const kind = String.fromCharCode(bytes.readUInt8(0));
    const raw = bytes.readUInt32LE(1);
    const length = bytes.readUInt32LE(5);
    if (!isKind(kind)) throw damaged(this.#file, this.#at, 'The capture holds a chunk of an unknown kind');
    if (raw > MAX_RAW || length > MAX_PAYLOAD) {
      throw new SynopticError('CAPTURE_REFUSED', `A chunk claims ${length} bytes that unpack to ${raw}`, {
        where: `${this.#file}, byte ${this.#at}`,
        expected: `at most ${MAX_PAYLOAD} and ${MAX_RAW}`,
      });
    }
    if (bytes.length < CHUNK_FRAME + length) return null;
    const payload = bytes.subarray(CHUNK_HEAD, CHUNK_HEAD + length);
    if (crc32(payload) !== bytes.readUInt32LE(CHUNK_HEAD + length)) throw damaged(this.#file, this.#at, 'A chunk is damaged');
    return { kind, raw, payload, at: this.#at, bytes: CHUNK_FRAME + length };
  }

  #take(bytes: number): void {
    this.#waiting = this.#waiting.subarray(bytes);
    this.#at += bytes;
  }
}

/** What is behind the last whole chunk of a file that ends within one. */
export interface Torn {
  readonly kind: 'torn';
  readonly at: number;
  readonly bytes: number;
}

/**
 * The chunks of one file, in order; last, where it ends within a chunk, what is torn.
 *
 * @throws SynopticError CAPTURE_DAMAGED, CAPTURE_REFUSED, and what reading the pieces throws
 */
export async function* chunksIn(pieces: AsyncIterable<Buffer>, file: string): AsyncGenerator<Chunk | Torn> {
  const reader = new ChunkReader(file);
  for await (const piece of pieces) yield* reader.push(piece);
  if (reader.at === 0) throw damaged(file, 0, 'This is no capture: it ends before it begins');
  if (reader.rest > 0) yield { kind: 'torn', at: reader.at, bytes: reader.rest };
}

function isKind(kind: string): kind is ChunkKind {
  return kind.length === 1 && KINDS.includes(kind);
}
