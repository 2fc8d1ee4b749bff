import { type Cipheriv, createCipheriv } from 'node:crypto';

const BLOCK = 16;

/**
 * Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002): two addresses share as many leading bits afterwards as
 * before, no two become the same, and without the key none leads back. Each bit is flipped or not by what AES makes of the bits before it.
 */
export class CryptoPan {
  readonly #cipher: Cipheriv;
  readonly #pad: Buffer;

  /** @param key 32 bytes: AES's key, then what becomes the padding. */
  constructor(key: Buffer) {
    this.#cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false);
    this.#pad = this.#cipher.update(key.subarray(BLOCK, 2 * BLOCK));
  }

  /** @param address 1 to 16 bytes. @param keep leading bits that stay as they are. */
  scramble(address: Buffer, keep = 0): Buffer {
    const bits = address.length * 8;
    const asked = Buffer.allocUnsafe((bits - keep) * BLOCK);
    for (let bit = keep; bit < bits; bit++) this.#ask(address, bit, asked.subarray((bit - keep) * BLOCK, (bit - keep + 1) * BLOCK));
    const told = this.#cipher.update(asked);
    const scrambled = Buffer.from(address);
    for (let bit = keep; bit < bits; bit++) {
      const flip = (told[(bit - keep) * BLOCK] ?? 0) >>> 7;
      const at = bit >>> 3;
      scrambled[at] = (scrambled[at] ?? 0) ^ (flip << (7 - (bit & 7)));
    }
    return scrambled;
  }

  /** The first `bit` bits of the address, and the padding behind them. */
  #ask(address: Buffer, bit: number, into: Buffer): void {
    this.#pad.copy(into);
    const whole = bit >>> 3;
    address.copy(into, 0, 0, whole);
    const mask = (0xff00 >>> (bit & 7)) & 0xff;
    if (mask !== 0) into[whole] = ((address[whole] ?? 0) & mask) | ((into[whole] ?? 0) & ~mask);
  }
}
