import { createZstdDecompress } from 'node:zlib';

/** A segment's zstd stream, unpacked piece by piece, never beyond what each piece claims. */
export class Unpacker implements Disposable {
  readonly #stream = createZstdDecompress({ chunkSize: 256 * 1024 });
  #parts: Buffer[] = [];
  #size = 0;
  #allowed = 0;
  #fault: Error | null = null;

  constructor() {
    this.#stream.on('error', (error) => {
      this.#fault ??= error;
    });
    this.#stream.on('data', (part: Buffer) => {
      this.#size += part.length;
      // A bomb is stopped here, whatever it would have become.
      if (this.#size > this.#allowed) this.#stream.destroy(new Error(`it unpacks to more than the ${this.#allowed} bytes that it claims`));
      else this.#parts.push(part);
    });
  }

  /**
   * Unpacks the next piece, which ends with a flush.
   *
   * @throws Error where it is no zstd, or unpacks to anything but `raw` bytes.
   */
  async unpack(piece: Buffer, raw: number): Promise<Buffer> {
    this.#parts = [];
    this.#size = 0;
    this.#allowed = raw;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(error);
      this.#stream.once('error', fail);
      this.#stream.write(piece, (error) => {
        this.#stream.off('error', fail);
        if (error) reject(error);
        else resolve();
      });
    });
    while (this.#stream.read() !== null);
    if (this.#fault !== null) throw this.#fault;
    if (this.#size !== raw) throw new Error(`it unpacks to ${this.#size} bytes and claims ${raw}`);
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}
