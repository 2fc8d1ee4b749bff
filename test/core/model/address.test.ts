import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotted, formatAddress, holds, parseNetwork, readAddress } from '../../../src/core/model/address.ts';

const groups = fc.oneof(
  fc.uint16Array({ minLength: 8, maxLength: 8 }),
  fc.array(fc.constantFrom(0, 0, 1, 0xffff), { minLength: 8, maxLength: 8 }).map((list) => Uint16Array.from(list)),
);

function read(text: string): Uint16Array | null {
  const into = new Uint16Array(8);
  return readAddress(text, into) ? into : null;
}

describe('an address', () => {
  it('is read back from what was written, for all addresses', () => {
    fc.assert(
      fc.property(groups, (value) => {
        expect(read(formatAddress(value))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('is written as node writes it, which follows RFC 5952', () => {
    fc.assert(
      fc.property(groups, (value) => {
        const text = formatAddress(value);
        if (!text.includes(':') || value.subarray(0, 6).every((group) => group === 0)) return;
        expect(text).toBe(
          new SocketAddress({ address: Array.from(value, (group) => group.toString(16)).join(':'), family: 'ipv6' }).address,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused where node refuses it, and read where node reads it', () => {
    const soup = fc.string({ unit: fc.constantFrom(':', '::', '.', '0', '1', 'f', '25', '255', 'FFFF', '1.2.3.4', 'g'), maxLength: 12 });
    const near = fc.oneof(soup, fc.ipV4(), fc.ipV6(), fc.ipV4Extended());
    fc.assert(
      fc.property(near, (text) => {
        expect(read(text) !== null).toBe(isIP(text) !== 0);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is the same in every spelling: zeros written out, capitals, IPv4 in IPv6', () => {
    expect(read('0:0:0:0:0:0:0:1')).toEqual(read('::1'));
    expect(read('2001:DB8:0:0::7')).toEqual(read('2001:db8::7'));
    expect(read('::ffff:10.0.0.7')).toEqual(read('10.0.0.7'));
    expect(read('::ffff:a00:7')).toEqual(read('10.0.0.7'));
  });

  it('leaves the zone of a link-local address out', () => {
    expect(read('fe80::1%eth0')).toEqual(read('fe80::1'));
  });
});

describe('a network', () => {
  it('holds an address exactly where the leading bits are the same', () => {
    const bitsOf = (value: Uint16Array): string => Array.from(value, (group) => group.toString(2).padStart(16, '0')).join('');
    const pair = fc.tuple(groups, groups, fc.nat(128), fc.nat(128)).map(([a, b, same, bits]) => {
      const other = bitsOf(a).slice(0, same) + bitsOf(b).slice(same);
      return { a, b: Uint16Array.from({ length: 8 }, (_, i) => Number.parseInt(other.slice(i * 16, i * 16 + 16), 2)), bits };
    });
    const isV4 = (value: Uint16Array): boolean => formatAddress(value).includes('.');
    fc.assert(
      fc.property(pair, ({ a, b, bits }) => {
        const network = parseNetwork(`${Array.from(a, (group) => group.toString(16)).join(':')}/${bits}`);
        const sameFamily = (isV4(a) && bits >= 96) === isV4(b);
        expect(network).not.toBeNull();
        expect(network !== null && holds(network, formatAddress(b))).toBe(
          sameFamily && bitsOf(a).slice(0, bits) === bitsOf(b).slice(0, bits),
        );
      }),
      { numRuns: 5000 },
    );
  });

  it('is written with its host bits cleared, and a whole address without a prefix', () => {
    expect(parseNetwork('10.1.2.3/8')?.text).toBe('10.0.0.0/8');
    expect(parseNetwork('::ffff:10.1.2.3/104')?.text).toBe('10.0.0.0/8');
    expect(parseNetwork('10.1.2.3/32')?.text).toBe('10.1.2.3');
    expect(parseNetwork('0.0.0.0/0')?.text).toBe('0.0.0.0/0');
  });

  it.each(['', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', '10.0.0', 'localhost', 'fe80::1%eth0'])(
    'refuses %j',
    (text) => {
      expect(parseNetwork(text)).toBeNull();
    },
  );

  it('of all IPv6 addresses holds no IPv4 address, and the other way round', () => {
    const all6 = parseNetwork('::/0');
    const all4 = parseNetwork('0.0.0.0/0');
    expect(all6 && [holds(all6, '2001:db8::1'), holds(all6, '10.0.0.7')]).toEqual([true, false]);
    expect(all4 && [holds(all4, '2001:db8::1'), holds(all4, '10.0.0.7')]).toEqual([false, true]);
  });
});

it('an IPv4 address as it lies in memory is written the same whether it is met first, again, or after many others', () => {
  const inMemory = (text: string) => new DataView(Uint8Array.from(text.split('.'), Number).buffer).getUint32(0, true);
  for (const text of ['127.0.0.1', '0.0.0.0', '255.255.255.255', '1.2.3.200']) {
    expect(dotted(inMemory(text))).toBe(text);
    // The high half of a word, or the low one: signed or not, it is the same address.
    expect(dotted(inMemory(text) | 0)).toBe(text);
  }
  for (let number = 0; number < 70_000; number++) dotted(number * 61_357);
  expect(dotted(inMemory('1.2.3.200'))).toBe('1.2.3.200');
});
