import { formatAddress, readAddress } from '../../core/model/address.ts';
import { CryptoPan } from './crypto-pan.ts';
import type { RedactKey } from './key.ts';

/** A range whose addresses stay in it. */
interface Range {
  readonly bytes: Buffer;
  readonly bits: number;
  /** Leading bits that stay; all of them where an address says nothing of whose it is. */
  readonly keep: number;
}

/**
 * What an address is used for, and whether it is anybody's, is no secret and what findings stand on (RFC 6890): unspecified and loopback stay, private ones stay
 * private. The first that fits counts.
 */
const V4: readonly Range[] = [
  v4('0.0.0.0', 8, 32),
  v4('127.0.0.0', 8, 32),
  v4('255.255.255.255', 32, 32),
  v4('10.0.0.0', 8),
  v4('100.64.0.0', 10),
  v4('169.254.0.0', 16),
  v4('172.16.0.0', 12),
  v4('192.168.0.0', 16),
  v4('224.0.0.0', 4),
  v4('240.0.0.0', 4),
];
/** Behind a well-known /96 stands an IPv4 address (NAT64, RFC 6052). A multicast address's first 16 bits are its flags and scope. */
const V6: readonly Range[] = [
  v6('::', 128),
  v6('::1', 128),
  v6('64:ff9b::', 96),
  v6('fe80::', 64),
  v6('fe80::', 10),
  v6('ff00::', 8, 16),
  v6('fc00::', 7, 8),
  v6('2000::', 3),
];

/** Remembered at most; what is forgotten is made again, the same. */
const CAP = 16_384;

/**
 * Stand-ins for addresses: of two that share their first 24 bits or more (64 of IPv6) just as many are shared afterwards. Ranges of {@link V4}
 * and {@link V6} stay ranges; what is in none of them, like 192.0.2.7, stays outside of them all.
 */
export class Addresses {
  readonly #v4: CryptoPan;
  readonly #v6: CryptoPan;
  readonly #link: CryptoPan;
  readonly #known = new Map<string, string>();
  readonly #groups = new Uint16Array(8);

  constructor(key: RedactKey) {
    this.#v4 = new CryptoPan(key.derive('IPv4'));
    this.#v6 = new CryptoPan(key.derive('IPv6'));
    this.#link = new CryptoPan(key.derive('link layer'));
  }

  /** IPv4 dotted, IPv6 as RFC 5952 has it, v4-mapped as IPv4; a zone is left out. Null where it is no address. */
  of(text: string): string | null {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const groups = this.#groups;
    if (!readAddress(text, groups)) return null;
    const isV4 = groups[5] === 0xffff && groups.subarray(0, 5).every((group) => group === 0);
    const bytes = Buffer.alloc(16);
    for (const [at, group] of groups.entries()) bytes.writeUInt16BE(group, at * 2);
    if (isV4) within(bytes.subarray(12), V4, this.#v4).copy(bytes, 12);
    else within(bytes, V6, this.#v6).copy(bytes);
    for (const at of groups.keys()) groups[at] = bytes.readUInt16BE(at * 2);
    return this.#keep(text, formatAddress(groups));
  }

  /** Six bytes in hex. Whether it is for many, and whether its owner chose it (IEEE 802), stays; zeros and ones stay. */
  link(hex: string): string {
    if (/^(0{12}|f{12})$/.test(hex)) return hex;
    const known = this.#known.get(hex);
    if (known !== undefined) return known;
    const bytes = Buffer.from(hex, 'hex');
    const scrambled = this.#link.scramble(bytes);
    scrambled[0] = ((scrambled[0] ?? 0) & ~3) | ((bytes[0] ?? 0) & 3);
    return this.#keep(hex, scrambled.toString('hex'));
  }

  #keep(text: string, standIn: string): string {
    if (this.#known.size >= CAP) this.#known.clear();
    this.#known.set(text, standIn);
    return standIn;
  }
}

/** Goes on until it is in a range of the same use again: what is mapped one to one comes back there at last. */
function within(address: Buffer, ranges: readonly Range[], pan: CryptoPan): Buffer {
  const range = rangeOf(address, ranges);
  if (range !== null && range.keep === address.length * 8) return address;
  let scrambled = address;
  do scrambled = pan.scramble(scrambled, range?.keep ?? 0);
  while (rangeOf(scrambled, ranges) !== range);
  return scrambled;
}

function rangeOf(address: Buffer, ranges: readonly Range[]): Range | null {
  return ranges.find((range) => holds(range, address)) ?? null;
}

function holds({ bytes, bits }: Range, address: Buffer): boolean {
  const whole = bits >>> 3;
  for (let at = 0; at < whole; at++) if (address[at] !== bytes[at]) return false;
  const mask = (0xff00 >>> (bits & 7)) & 0xff;
  return mask === 0 || ((address[whole] ?? 0) & mask) === ((bytes[whole] ?? 0) & mask);
}

function v4(network: string, bits: number, keep = bits): Range {
  return { bytes: Buffer.from(network.split('.').map(Number)), bits, keep };
}

function v6(network: string, bits: number, keep = bits): Range {
  const groups = new Uint16Array(8);
  readAddress(network, groups);
  const bytes = Buffer.alloc(16);
  for (const [at, group] of groups.entries()) bytes.writeUInt16BE(group, at * 2);
  return { bytes, bits, keep };
}
