import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/** Unpacked at a time, bytes: each time costs a journey to another thread and back, which waits for whatever this one does meanwhile. */
const AT_A_TIME = { least: 64 * 1024, most: 2 * 1024 * 1024 };

/** A segment's zstd stream, unpacked piece by piece, never beyond what each piece claims. */
export class Unpacker implements Disposable {
  #made: ZstdDecompress | null = null;
  #parts: Buffer[] = [];
  #size = 0;
  #allowed = 0;
  #fault: Error | null = null;

  /**
   * Unpacks the next piece, which ends with a flush.
   *
   * @throws Error where it is no zstd, or unpacks to anything but `raw` bytes.
   */
  async unpack(piece: Buffer, raw: number): Promise<Buffer> {
    this.#parts = [];
    this.#size = 0;
    this.#allowed = raw;
    const stream = this.#stream(raw);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(error);
      stream.once('error', fail);
      stream.write(piece, (error) => {
        stream.off('error', fail);
        if (error) reject(error);
        else resolve();
      });
    });
    while (stream.read() !== null);
    if (this.#fault !== null) throw this.#fault;
    if (this.#size !== raw) throw new Error(`it unpacks to ${this.#size} bytes and claims ${raw}`);
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
  }

  [Symbol.dispose](): void {
    this.#made?.destroy();
  }

  /** Made for the first piece: those that follow are of its size, or some times it. */
  #stream(raw: number): ZstdDecompress {
    if (this.#made !== null) return this.#made;
    const stream = createZstdDecompress({ chunkSize: Math.min(AT_A_TIME.most, Math.max(AT_A_TIME.least, 4 * raw)) });
    this.#made = stream;
    stream.on('error', (error) => {
      this.#fault ??= error;
    });
    stream.on('data', (part: Buffer) => {
      this.#size += part.length;
      // A bomb is stopped here, whatever it would have become.
      if (this.#size > this.#allowed) stream.destroy(new Error(`it unpacks to more than the ${this.#allowed} bytes that it claims`));
      else this.#parts.push(part);
    });
    return stream;
  }
}
