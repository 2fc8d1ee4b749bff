import { z } from 'zod';
import { SynopticError } from '../../../core/model/errors.ts';
import type { Input, SampledSocket, SocketsInput } from '../../../core/model/input.ts';
import { inputFault, sampledFault } from '../input.ts';
import { Ns } from '../quantity.ts';
import { damaged } from './chunk.ts';

/**
 * The inner layer of a capture: what a segment's zstd stream unpacks to, one frame behind the other. bpftrace's output is by far the most,
 * and stays as it came; everything else is JSON.
 *
 *     frame   length of the body u32 · kind u8 · body                                    little endian
 *     k       a kernel input: atNs f64 · text, a byte a character
 *     j       another input                         p   sockets of the listing whose j comes next, so that a long one needs no long frame
 *     s       an input for a replay that begins in this segment, and for no other
 *     g       the recorder left inputs out: {@link RecorderGap}
 */
export type Frame = { readonly kind: 'input' | 'seed'; readonly input: Input } | { readonly kind: 'gap'; readonly gap: RecorderGap };

const RecorderGap = z.strictObject({
  atNs: Ns,
  inputs: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  why: z.string(),
});
/** Inputs that the recorder could not keep: `bytes` of bpftrace's output among them. */
export type RecorderGap = z.infer<typeof RecorderGap>;

const HEAD = 5;
const KERNEL = code('k');
const INPUT = code('j');
const PART = code('p');
const SEED = code('s');
const GAP = code('g');
const STAMP = 8;

/** Sockets in one frame: some 300 KB of JSON, 2 ms. */
export const PART_SOCKETS = 2000;
/** No frame is longer, bytes. A piece of bpftrace's output is at most 64 KiB. */
const MAX_FRAME = 8 * 1024 * 1024;
/** No listing is longer, sockets: some 1 GB of memory. Whoever wrote the file may not choose how much its reader takes. */
const MAX_SOCKETS = 4_000_000;

/** What a kernel input's frame adds to its text, bytes. */
export const KERNEL_FRAME = HEAD + STAMP;

/** A kernel input. */
export function printKernel(atNs: number, text: string): Buffer {
  const frame = Buffer.allocUnsafe(KERNEL_FRAME + text.length);
  writeKernel(frame, 0, atNs, text);
  return frame;
}

/** The same into memory that has room for it. @returns where it ends. */
export function writeKernel(into: Buffer, at: number, atNs: number, text: string): number {
  into.writeUInt32LE(STAMP + text.length, at);
  into.writeUInt8(KERNEL, at + 4);
  into.writeDoubleLE(atNs, at + HEAD);
  return at + KERNEL_FRAME + into.write(text, at + KERNEL_FRAME, 'latin1');
}

/** Any other input, in one frame or, for a long listing, several. */
export function* printInput(input: Input, kind: 'input' | 'seed' = 'input'): Generator<Buffer> {
  if (input.type === 'kernel') {
    yield printKernel(input.atNs, input.text);
    return;
  }
  let short: Input = input;
  if (input.type === 'sockets' && input.sockets.length > PART_SOCKETS) {
    const { sockets } = input;
    for (let from = 0; from < sockets.length; from += PART_SOCKETS) yield printJson(PART, sockets.slice(from, from + PART_SOCKETS));
    short = { ...input, sockets: [] };
  }
  yield printJson(kind === 'seed' ? SEED : INPUT, short);
}

export function printGap(gap: RecorderGap): Buffer {
  return printJson(GAP, gap);
}

function printJson(kind: number, value: unknown): Buffer {
  const text = JSON.stringify(value);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEAD + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt8(kind, 4);
  frame.write(text, HEAD, 'utf8');
  return frame;
}

/** Reads frames from unpacked bytes, cut anywhere. Bytes are put together once for each frame that they end, however small the pieces. */
export class FrameReader {
  readonly #file: string;
  readonly #maxSockets: number;
  #waiting: Buffer[] = [];
  #rest = 0;
  /** Nothing can be read from fewer bytes than these. */
  #needed = HEAD;
  #parts: SampledSocket[] = [];

  /** @param maxSockets of one listing, in parts or not. */
  constructor(file: string, maxSockets = MAX_SOCKETS) {
    this.#file = file;
    this.#maxSockets = maxSockets;
  }

  /** Bytes of a frame whose end has not come. */
  get rest(): number {
    return this.#rest;
  }

  /** @throws SynopticError CAPTURE_DAMAGED, CAPTURE_REFUSED */
  *push(piece: Buffer): Generator<Frame> {
    this.#waiting.push(piece);
    this.#rest += piece.length;
    if (this.#rest < this.#needed) return;
    const [only] = this.#waiting;
    const bytes = this.#waiting.length === 1 && only !== undefined ? only : Buffer.concat(this.#waiting);
    let at = 0;
    for (;;) {
      this.#needed = HEAD;
      if (bytes.length - at < HEAD) break;
      const length = bytes.readUInt32LE(at);
      if (length > MAX_FRAME) throw this.#fault(`An input claims ${length} bytes`);
      this.#needed = HEAD + length;
      if (bytes.length - at < this.#needed) break;
      const frame = this.#frame(bytes.readUInt8(at + 4), bytes, at + HEAD, at + HEAD + length);
      at += HEAD + length;
      if (frame !== null) yield frame;
    }
    this.#waiting = [bytes.subarray(at)];
    this.#rest = bytes.length - at;
  }

  #frame(kind: number, bytes: Buffer, from: number, to: number): Frame | null {
    if (kind === KERNEL) {
      if (to - from < STAMP) throw this.#fault('A piece of bpftrace’s output has no time');
      const atNs = bytes.readDoubleLE(from);
      if (!Ns.safeParse(atNs).success) throw this.#fault('A piece of bpftrace’s output has a time that is none');
      return { kind: 'input', input: { type: 'kernel', atNs, text: bytes.toString('latin1', from + STAMP, to) } };
    }
    const value = this.#json(bytes.toString('utf8', from, to));
    if (kind === PART) {
      this.#part(value);
      return null;
    }
    if (kind === GAP) {
      const gap = RecorderGap.safeParse(value).data;
      if (gap === undefined) throw this.#fault('A gap of the recorder holds something else');
      return { kind: 'gap', gap };
    }
    if (kind !== INPUT && kind !== SEED) throw this.#fault('A frame is of an unknown kind');
    return { kind: kind === SEED ? 'seed' : 'input', input: this.#input(value) };
  }

  #part(value: unknown): void {
    if (!Array.isArray(value)) throw this.#fault('A listing of sockets holds something else');
    if (this.#parts.length + value.length > this.#maxSockets) {
      throw new SynopticError('CAPTURE_REFUSED', `A listing claims more than ${this.#maxSockets} sockets`, {
        where: this.#file,
        expected: 'what one machine can have',
      });
    }
    for (const socket of value as readonly unknown[]) {
      const fault = sampledFault(socket);
      if (fault !== null) throw this.#fault(`A socket of a listing ${fault}`);
      this.#parts.push(socket as SampledSocket);
    }
  }

  #input(value: unknown): Input {
    const fault = inputFault(value);
    if (fault !== null) throw this.#fault(`An input ${fault}`);
    const input = value as Input;
    if (input.type !== 'sockets' || this.#parts.length === 0) return input;
    const whole: SocketsInput = { ...input, sockets: this.#parts };
    this.#parts = [];
    return whole;
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw damaged(this.#file, 0, 'An input is no JSON', cause);
    }
  }

  #fault(message: string): Error {
    return damaged(this.#file, 0, message);
  }
}

function code(letter: string): number {
  return letter.charCodeAt(0);
}
