import { crc32 } from 'node:zlib';
import { SynopticError } from '../../core/model/errors.ts';
import type { Input } from '../../core/model/input.ts';
import { type Chunk, damaged } from '../../formats/capture/file/chunk.ts';
import { FrameReader, type RecorderGap } from '../../formats/capture/file/frame.ts';
import { parseSeal } from '../../formats/capture/file/parse.ts';
import type { SegmentHead } from '../../formats/capture/header.ts';
import { Unpacker } from './unpack.ts';

/** Packed kernel text is a seventh, ticks alone a fortieth; nothing that we write comes near. Small files are not worth the question. */
const RATIO = { most: 1000, from: 64 * 1024 * 1024 };

/** What a capture was packed and unpacks to so far, all its segments, bytes: a bomb in pieces is one, too. */
export interface Tally {
  packed: number;
  raw: number;
}

/** Reads one segment. Its inputs leave with the flush that they were written with. */
export class SegmentReader implements Disposable {
  readonly head: SegmentHead;
  readonly #file: string;
  /** Whether the replay begins here: then the segment's seeds count. */
  readonly #first: boolean;
  readonly #unpacker = new Unpacker();
  readonly #frames: FrameReader;
  readonly #tally: Tally;
  #raw = 0;
  #crc = 0;
  #inputs = 0;
  #lastNs: number;

  constructor(head: SegmentHead, { file, first, tally }: { file: string; first: boolean; tally: Tally }) {
    this.head = head;
    this.#file = file;
    this.#first = first;
    this.#tally = tally;
    this.#frames = new FrameReader(file);
    this.#lastNs = head.fromNs;
  }

  /** The last moment it tells of, CLOCK_MONOTONIC ns. */
  get lastNs(): number {
    return this.#lastNs;
  }

  /** What the core must be given before this segment's inputs where none came before. */
  opening(): Input[] {
    const { index, start, up, fromNs, wallUs, rest, share } = this.head;
    if (index === 0) return [start];
    const text = `${share > 1 ? `B ${Math.round(fromNs).toString(16)} ${share}\n` : ''}${rest}`;
    return [
      { ...start, atNs: fromNs, wallUs },
      ...(up === null ? [] : [{ ...up, atNs: fromNs, running: true } as const]),
      ...(text === '' ? [] : [{ type: 'kernel', atNs: fromNs, text } as const]),
    ];
  }

  /** A piece of its stream. @throws SynopticError CAPTURE_DAMAGED, CAPTURE_REFUSED */
  async data({ payload, raw, at }: Chunk): Promise<Input[]> {
    const tally = this.#tally;
    tally.packed += payload.length;
    tally.raw += raw;
    this.#raw += raw;
    if (tally.raw > RATIO.from && tally.raw > tally.packed * RATIO.most) {
      throw new SynopticError('CAPTURE_REFUSED', `The capture unpacks to more than ${RATIO.most} times its size`, {
        where: `${this.#file}, byte ${at}`,
        expected: 'what a recorder writes: it unpacks to some ten times its size',
      });
    }
    const bytes = await this.#unpacker.unpack(payload, raw).catch((cause: unknown) => {
      throw damaged(this.#file, at, `A piece of the capture cannot be unpacked: ${cause instanceof Error ? cause.message : ''}`, cause);
    });
    this.#crc = crc32(bytes, this.#crc);
    const inputs: Input[] = [];
    for (const frame of this.#frames.push(bytes)) {
      if (frame.kind === 'gap') inputs.push(gapInput(frame.gap));
      else if (frame.kind === 'input') {
        this.#inputs++;
        inputs.push(frame.input);
      } else if (this.#first && this.head.index > 0) inputs.push(frame.input);
    }
    this.#lastNs = inputs.at(-1)?.atNs ?? this.#lastNs;
    return inputs;
  }

  /** Its end. @throws SynopticError CAPTURE_DAMAGED where it is not what was written. */
  seal({ payload, at }: Chunk): void {
    const seal = parseSeal(payload, this.#file);
    if (seal.raw !== this.#raw || seal.crc !== this.#crc || seal.inputs !== this.#inputs) {
      throw damaged(this.#file, at, `A segment holds ${this.#inputs} inputs in ${this.#raw} bytes, and its seal tells of others`);
    }
  }

  [Symbol.dispose](): void {
    this.#unpacker[Symbol.dispose]();
  }
}

/** Bytes behind the last whole sync point: what they told of is not known. */
export function tornInput(bytes: number, atNs: number): Input {
  const what = bytes === 0 ? 'nothing more was written' : `${bytes} bytes of an unfinished write were cut off`;
  return { type: 'unsampled', atNs, why: `the recording ended without its end (its writer was killed, or the copy is cut off): ${what}` };
}

function gapInput({ atNs, inputs, bytes, why }: RecorderGap): Input {
  return { type: 'unsampled', atNs, why: `the recorder left out ${inputs} inputs, ${bytes} bytes of bpftrace’s output: ${why}` };
}
