import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/**
 * Unpacked at a time, bytes: each time costs a journey to another thread and back, which waits for whatever this one does meanwhile. A storm's half
 * second is as much, and what was recorded before it says nothing about that.
 */
const AT_A_TIME = 2 * 1024 * 1024;

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
    const stream = this.#stream();
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

  #stream(): ZstdDecompress {
    if (this.#made !== null) return this.#made;
    const stream = createZstdDecompress({ chunkSize: AT_A_TIME });
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
