import { describe, expect, it } from 'vitest';
import { CryptoPan } from '../../../src/export/redact/crypto-pan.ts';

const v4 = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

describe('Crypto-PAn', () => {
  /** The key and the pairs that came with its authors’ own program. */
  const key = [21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45];
  const pan = new CryptoPan(Buffer.from([...key, 42, 132, 34, 2]));

  it.each([
    ['128.11.68.132', '135.242.180.132'],
    ['129.118.74.4', '134.136.186.123'],
    ['130.132.252.244', '133.68.164.234'],
    ['141.223.7.43', '141.167.8.160'],
  ])('makes of %s what its authors’ program makes of it', (address, expected) => {
    expect(pan.scramble(v4(address))).toEqual(v4(expected));
  });

  it('leaves the bits that are to stay', () => {
    const scrambled = pan.scramble(v4('10.1.2.3'), 12);
    expect([scrambled[0], (scrambled[1] ?? 0) >> 4]).toEqual([10, 0]);
    expect(pan.scramble(v4('10.1.2.3'), 32)).toEqual(v4('10.1.2.3'));
  });
});
