import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, readAddress } from '../../../src/core/model/address.ts';
import { Addresses } from '../../../src/export/redact/addresses.ts';
import { RedactKey } from '../../../src/export/redact/key.ts';

const addresses = new Addresses(new RedactKey(Buffer.alloc(32, 7)));
const of = (text: string): string => addresses.of(text) ?? '(none)';

/** Leading bits that two addresses of one family share. */
function shared(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => {
    const groups = new Uint16Array(8);
    readAddress(text, groups);
    return Array.from(groups, (group) => group.toString(2).padStart(16, '0')).join('');
  });
  let bits = 0;
  while (bits < 128 && a?.[bits] === b?.[bits]) bits++;
  return bits;
}

const v6 = fc.uint16Array({ minLength: 8, maxLength: 8 }).map(formatAddress);
const global6 = fc.uint16Array({ minLength: 8, maxLength: 8 }).map((groups) => {
  groups[0] = 0x2000 | ((groups[0] ?? 0) & 0x1fff);
  return formatAddress(groups);
});

/** An address that shares its first bits with another. */
function near(text: string, bits: number): string {
  const groups = new Uint16Array(8);
  readAddress(text, groups);
  const at = Math.min(127, bits);
  groups[at >> 4] = (groups[at >> 4] ?? 0) ^ (0x8000 >> (at & 15));
  return formatAddress(groups);
}

describe('a stand-in for an address', () => {
  it('is the same each time with the same key, and another with another key', () => {
    const [again, other] = [7, 8].map((fill) => new Addresses(new RedactKey(Buffer.alloc(32, fill))));
    expect(again?.of('203.0.113.9')).toBe(of('203.0.113.9'));
    expect(other?.of('203.0.113.9')).not.toBe(of('203.0.113.9'));
    expect(other?.link('0242ac110002')).not.toBe(addresses.link('0242ac110002'));
  });

  it('shares as many of its first 24 bits or more with another as the two did before', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 24, max: 31 }), (one, bits) => {
        // Beside 255.255.255.255, which stays, the others do not.
        fc.pre(!one.startsWith('255.'));
        const other = near(one, 96 + bits);
        expect(shared(of(one), of(other))).toBe(96 + bits);
      }),
    );
  });

  it('shares as many bits of a global IPv6 address as before, whichever', () => {
    fc.assert(
      fc.property(global6, fc.integer({ min: 3, max: 127 }), (one, bits) => {
        expect(shared(of(one), of(near(one, bits)))).toBe(bits);
      }),
    );
  });

  it('is of one address only', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.ipV4(), v6), { minLength: 2, maxLength: 50 }), (all) => {
        const canonical = new Set(all.map((text) => near(near(text, 127), 127)));
        expect(new Set(all.map(of)).size).toBe(canonical.size);
      }),
    );
  });

  it.each(['0.0.0.0', '127.0.0.1', '127.0.0.53', '255.255.255.255', '::', '::1'])(
    'is %s itself where that says nothing of anybody',
    (text) => {
      expect(of(text)).toBe(text);
    },
  );

  it.each([
    ['10.1.2.3', /^10\./],
    ['100.64.9.9', /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./],
    ['169.254.169.254', /^169\.254\./],
    ['172.17.0.2', /^172\.(1[6-9]|2\d|3[01])\./],
    ['192.168.0.10', /^192\.168\./],
    ['224.0.0.18', /^2(2[4-9]|3\d)\./],
    ['fe80::42:acff:fe11:2', /^fe80::/],
    ['ff02::1:ff00:1', /^ff02:/],
    ['fd12:3456::1', /^fd/],
    ['2001:db8::7', /^[23][0-9a-f]{3}:/],
    ['64:ff9b::a00:7', /^64:ff9b::/],
  ])('of %s is of the same use, and not itself', (text, expected) => {
    expect(of(text)).toMatch(expected);
    expect(of(text)).not.toBe(text);
  });

  it('of a public address is never private, loopback or multicast', () => {
    const special =
      /^(0|10|127|22[4-9]|23\d|24\d|25[0-5])\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        if (!special.test(text)) expect(of(text)).not.toMatch(special);
        else expect(of(text)).toMatch(special);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same for an address however it is spelt, v4-mapped too', () => {
    expect(of('::ffff:203.0.113.9')).toBe(of('203.0.113.9'));
    expect(of('2001:0db8:0::7')).toBe(of('2001:db8::7'));
    expect(of('fe80::9%eth0')).toBe(of('fe80::9'));
  });

  it('is none for what is no address', () => {
    expect(['', 'abc', '10.0.0', 'localhost'].map((text) => addresses.of(text))).toEqual([null, null, null, null]);
  });

  it('of a link-layer address keeps who may have given it, and zeros', () => {
    expect(addresses.link('000000000000')).toBe('000000000000');
    const given = addresses.link('02fc5678aa01');
    expect(given).not.toBe('02fc5678aa01');
    expect(Number.parseInt(given.slice(0, 2), 16) & 3).toBe(2);
    expect(addresses.link('02fc5678aa02').slice(0, 10)).toBe(given.slice(0, 10));
  });
});
