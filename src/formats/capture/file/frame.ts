import { z } from 'zod';
import type { Input, SampledSocket, SocketsInput } from '../../../core/model/input.ts';
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
  atNs: z.number().nonnegative(),
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

const TYPES = Object.keys({
  start: 0,
  'kernel-up': 0,
  kernel: 0,
  'kernel-down': 0,
  lost: 0,
  skipped: 0,
  canary: 0,
  sockets: 0,
  counters: 0,
  queues: 0,
  sysctls: 0,
  unsampled: 0,
  dialled: 0,
  probe: 0,
  owners: 0,
  namespaces: 0,
  tick: 0,
} satisfies Record<Input['type'], 0>);

/** A kernel input. */
export function printKernel(atNs: number, text: string): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + STAMP + text.length);
  frame.writeUInt32LE(STAMP + text.length, 0);
  frame.writeUInt8(KERNEL, 4);
  frame.writeDoubleLE(atNs, HEAD);
  frame.write(text, HEAD + STAMP, 'latin1');
  return frame;
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

/** Reads frames from unpacked bytes, cut anywhere. */
export class FrameReader {
  readonly #file: string;
  #waiting: Buffer = Buffer.alloc(0);
  #parts: SampledSocket[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Bytes of a frame whose end has not come. */
  get rest(): number {
    return this.#waiting.length;
  }

  /** @throws SynopticError CAPTURE_DAMAGED */
  *push(piece: Buffer): Generator<Frame> {
    const bytes = this.#waiting.length === 0 ? piece : Buffer.concat([this.#waiting, piece]);
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const length = bytes.readUInt32LE(at);
      if (length > MAX_FRAME) throw this.#fault(`An input claims ${length} bytes`);
      if (bytes.length - at < HEAD + length) break;
      const frame = this.#frame(bytes.readUInt8(at + 4), bytes, at + HEAD, at + HEAD + length);
      at += HEAD + length;
      if (frame !== null) yield frame;
    }
    this.#waiting = bytes.subarray(at);
  }

  #frame(kind: number, bytes: Buffer, from: number, to: number): Frame | null {
    if (kind === KERNEL) {
      if (to - from < STAMP) throw this.#fault('A piece of bpftrace’s output has no time');
      const input = { type: 'kernel', atNs: bytes.readDoubleLE(from), text: bytes.toString('latin1', from + STAMP, to) } as const;
      return { kind: 'input', input };
    }
    const value = this.#json(bytes.toString('utf8', from, to));
    if (kind === PART) {
      if (!Array.isArray(value)) throw this.#fault('A listing of sockets holds something else');
      // Written by ourselves, as the inputs below.
      for (const socket of value) this.#parts.push(socket as SampledSocket);
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

  #input(value: unknown): Input {
    if (typeof value !== 'object' || value === null || !('type' in value) || !('atNs' in value))
      throw this.#fault('An input has no type or time');
    if (typeof value.type !== 'string' || !TYPES.includes(value.type) || typeof value.atNs !== 'number') {
      throw this.#fault('An input is of an unknown type');
    }
    // What stands behind type and atNs was written by printInput; a file that says otherwise misleads its own replay only.
    const input = value as unknown as Input;
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
