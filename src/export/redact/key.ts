import { createHmac, randomBytes } from 'node:crypto';

/** Bytes of a key. */
export const KEY_BYTES = 32;

/** What all stand-ins of one redaction are made from: whoever has it can tell which stand-in is whose. */
export class RedactKey {
  readonly #bytes: Buffer;

  /** @param bytes {@link KEY_BYTES} of them. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static random(): RedactKey {
    return new RedactKey(randomBytes(KEY_BYTES));
  }

  /** As it is kept in a file: one line of hex digits. */
  get text(): string {
    return this.#bytes.toString('hex');
  }

  /** Null where the text is none. */
  static parse(text: string): RedactKey | null {
    const digits = text.trim();
    return /^[0-9a-f]{64}$/i.test(digits) ? new RedactKey(Buffer.from(digits, 'hex')) : null;
  }

  /** 32 bytes for one purpose, which tell nothing of those for another. */
  derive(purpose: string): Buffer {
    return createHmac('sha256', this.#bytes).update(purpose).digest();
  }
}
