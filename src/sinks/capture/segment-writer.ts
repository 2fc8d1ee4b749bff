import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { MAGIC, MAX_RAW, printChunk, printJsonChunk } from '../../formats/capture/file/chunk.ts';
import type { CaptureHeader, Seal, SegmentHead } from '../../formats/capture/header.ts';
import { Packer } from './packer.ts';

export interface SegmentOptions {
  readonly path: string;
  readonly header: CaptureHeader;
  readonly head: SegmentHead;
  /** A write has failed: true to try it again, false to give up. */
  stuck(error: unknown): Promise<boolean>;
}

/** A segment's file while it grows. Whatever happens to its writer, it is whole up to the last {@link write}. */
export class SegmentWriter {
  readonly path: string;
  readonly head: SegmentHead;
  readonly #options: SegmentOptions;
  readonly #packer = new Packer();
  #handle: FileHandle | null = null;
  #bytes = 0;
  #inputs = 0;
  #raw = 0;
  #crc = 0;

  private constructor(options: SegmentOptions) {
    this.#options = options;
    this.path = options.path;
    this.head = options.head;
  }

  static async create(options: SegmentOptions): Promise<SegmentWriter> {
    const writer = new SegmentWriter(options);
    await writer.#append(Buffer.concat([MAGIC, printJsonChunk('H', options.header), printJsonChunk('S', options.head)]));
    return writer;
  }

  /** In the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes and syncs: once it comes back, no death of this process loses them. `inputs`: how many are in the frames. */
  async write(frames: readonly Buffer[], inputs: number): Promise<void> {
    this.#inputs += inputs;
    let batch: Buffer[] = [];
    let size = 0;
    for (const frame of frames) {
      if (size > 0 && size + frame.length > MAX_RAW) {
        await this.#chunk(batch, size);
        batch = [];
        size = 0;
      }
      batch.push(frame);
      size += frame.length;
    }
    if (size > 0) await this.#chunk(batch, size);
  }

  /** @returns the file's size, bytes. */
  async seal(toNs: number, wallUs: number): Promise<number> {
    const seal: Seal = { inputs: this.#inputs, raw: this.#raw, crc: this.#crc, toNs, wallUs };
    await this.#append(printJsonChunk('E', seal));
    await this.close();
    return this.#bytes;
  }

  /** Without a seal, as if its writer had died. */
  async close(): Promise<void> {
    this.#packer[Symbol.dispose]();
    await this.#handle?.close();
    this.#handle = null;
  }

  async #chunk(batch: readonly Buffer[], size: number): Promise<void> {
    for (const frame of batch) this.#crc = crc32(frame, this.#crc);
    this.#raw += size;
    await this.#append(printChunk('D', await this.#packer.pack(batch), size));
  }

  /** Writes all of it, where a full disk let only some of it through, too. @throws what `stuck` gave up on. */
  async #append(bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      try {
        this.#handle ??= await open(this.path, 'wx', 0o600);
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#bytes + done);
        done += bytesWritten;
      } catch (error) {
        if (!(await this.#options.stuck(error))) throw error;
      }
    }
    this.#bytes += bytes.length;
  }
}
