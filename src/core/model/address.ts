/**
 * IP addresses as eight 16-bit groups, most significant first. IPv4 is held in its v4-mapped form (RFC 4291 §2.5.5.2), so `10.0.0.7`
 * and `::ffff:10.0.0.7` are the same eight numbers. No allocation where an address is only compared.
 */
const GROUPS = 8;
const MAPPED_BITS = 96;
const COLON = 58;
const DOT = 46;

/** Reads `text` into `into`; false where it is no address. A zone (`fe80::1%eth0`) is not part of the address and is left out. */
export function readAddress(text: string, into: Uint16Array): boolean {
  const zone = text.indexOf('%');
  const end = zone < 0 ? text.length : zone;
  if (text.includes(':')) return readV6(text, end, into);
  const v4 = readV4(text, 0, end);
  if (v4 < 0) return false;
  into.fill(0, 0, 5);
  into[5] = 0xffff;
  into[6] = v4 >>> 16;
  into[7] = v4 & 0xffff;
  return true;
}

/** Four octets in `[from, end)` as one number, or -1. A leading zero is refused: some tools read it as octal. */
function readV4(text: string, from: number, end: number): number {
  let value = 0;
  let octets = 0;
  let i = from;
  while (octets < 4) {
    const start = i;
    let octet = 0;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      octet = octet * 10 + digit;
    }
    const digits = i - start;
    if (digits === 0 || digits > 3 || octet > 255 || (digits > 1 && text.charCodeAt(start) === 48)) return -1;
    value = value * 256 + octet;
    octets++;
    if (octets < 4 && (i >= end || text.charCodeAt(i++) !== DOT)) return -1;
  }
  return i === end ? value : -1;
}

function readV6(text: string, end: number, into: Uint16Array): boolean {
  let count = 0;
  let gap = -1;
  let i = 0;
  if (text.startsWith('::')) {
    gap = 0;
    i = 2;
  }
  while (i < end) {
    if (count === GROUPS) return false;
    let value = 0;
    let j = i;
    for (; j < end && j - i <= 4; j++) {
      const digit = hexDigit(text.charCodeAt(j));
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (j < end && text.charCodeAt(j) === DOT) {
      const v4 = readV4(text, i, end);
      if (v4 < 0 || count > GROUPS - 2) return false;
      into[count++] = v4 >>> 16;
      into[count++] = v4 & 0xffff;
      break;
    }
    if (j === i || j - i > 4) return false;
    into[count++] = value;
    i = j;
    if (i === end) break;
    if (text.charCodeAt(i++) !== COLON || i === end) return false;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  if (gap < 0) return count === GROUPS;
  if (count === GROUPS) return false;
  const tail = count - gap;
  into.copyWithin(GROUPS - tail, gap, count);
  into.fill(0, gap, GROUPS - tail);
  return true;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const spelt = new Uint16Array(GROUPS);

/** The address as everything else here writes it, however it was spelt (`::ffff:7f00:1` is 127.0.0.1); other text as it is. */
export function canonicalAddress(text: string): string {
  return readAddress(text, spelt) ? formatAddress(spelt) : text;
}

function isV4(groups: Uint16Array): boolean {
  return groups[5] === 0xffff && groups[0] === 0 && groups[1] === 0 && groups[2] === 0 && groups[3] === 0 && groups[4] === 0;
}

/** The address as everything else here writes it: IPv4 dotted, IPv6 by RFC 5952 §4. */
export function formatAddress(groups: Uint16Array): string {
  const [, , , , , , high = 0, low = 0] = groups;
  if (isV4(groups)) return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  let best = 0;
  let bestLength = 1;
  for (let i = 0; i < GROUPS; i++) {
    let length = 0;
    while (i + length < GROUPS && groups[i + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [i, length];
    i += length;
  }
  const hex = Array.from(groups, (group) => group.toString(16));
  if (bestLength < 2) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
}

/** Addresses in text, by their number as it lies in memory: few are in use at a time, so most are found here. */
const texts = new Map<number, string>();
const TEXTS = 65_536;

/** An IPv4 address in dotted text, from the number that a little-endian machine reads in its four bytes. */
export function dotted(number: number): string {
  // Signed, because small integers are what a Map finds fastest.
  const key = number | 0;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = `${key & 255}.${(key >>> 8) & 255}.${(key >>> 16) & 255}.${key >>> 24}`;
  if (texts.size >= TEXTS) texts.clear();
  texts.set(key, text);
  return text;
}

/** One address, or all with the same first bits. An IPv6 network never holds IPv4 addresses unless it is written as v4-mapped. */
export interface Network {
  readonly groups: Uint16Array;
  /** Leading bits that count, of 128; IPv4's begin at 96. */
  readonly bits: number;
  readonly v4: boolean;
  /** Canonical: `10.0.0.0/8`, `::1`. */
  readonly text: string;
}

/** `10.0.0.7`, `10.0.0.0/8`, `fe80::/10`; null where it is neither address nor CIDR. Bits behind the prefix are cleared. */
export function parseNetwork(text: string): Network | null {
  const [address = '', prefix, ...more] = text.split('/');
  const groups = new Uint16Array(GROUPS);
  if (more.length > 0 || address.includes('%') || !readAddress(address, groups)) return null;
  if (prefix === undefined) return { groups, bits: 128, v4: isV4(groups), text: formatAddress(groups) };
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix)) return null;
  const bits = Number(prefix) + (address.includes(':') ? 0 : MAPPED_BITS);
  if (bits > 128) return null;
  const v4 = isV4(groups) && bits >= MAPPED_BITS;
  for (let i = 0; i < GROUPS; i++) groups[i] = (groups[i] ?? 0) & maskOf(bits, i);
  const shown = v4 ? bits - MAPPED_BITS : bits;
  return { groups, bits, v4, text: bits === 128 ? formatAddress(groups) : `${formatAddress(groups)}/${shown}` };
}

function maskOf(bits: number, group: number): number {
  const kept = Math.min(16, Math.max(0, bits - group * 16));
  return (0xffff << (16 - kept)) & 0xffff;
}

const scratch = new Uint16Array(GROUPS);

/** Whether `address` lies in `network`; false where it is no address. */
export function holds(network: Network, address: string): boolean {
  if (!readAddress(address, scratch) || isV4(scratch) !== network.v4) return false;
  for (let i = 0; i < GROUPS && i * 16 < network.bits; i++) {
    if (((scratch[i] ?? 0) & maskOf(network.bits, i)) !== network.groups[i]) return false;
  }
  return true;
}
