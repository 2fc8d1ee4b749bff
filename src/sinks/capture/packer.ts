import { constants, createZstdCompress } from 'node:zlib';

/**
 * Hex words repeat from a few lines ago, or not at all: a window of 128 KiB and tables of 32 KiB, which stay in a core's own cache beside whatever
 * else it does, lose one byte in seventy and take 0.55 µs a line in an observer where zstd's own sizes for this level (2 MiB) took 1.0. Measured
 * on 600,000 lines of a real storm of 5,000 connections/s, at its pace; what else was tried stands in src/DECISIONS.md.
 */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 4,
  [constants.ZSTD_c_strategy]: constants.ZSTD_lazy2,
  [constants.ZSTD_c_minMatch]: 6,
  [constants.ZSTD_c_windowLog]: 17,
  [constants.ZSTD_c_hashLog]: 13,
  [constants.ZSTD_c_chainLog]: 13,
  [constants.ZSTD_c_searchLog]: 1,
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
