/** Wire types of protobuf's encoding (protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const FIRST_BYTES = 256 * 1024;
/** Longest varint. */
const MOST_VARINT = 10;
const SEVEN_BITS = 128;

/**
 * Writes protobuf messages, field by field, into memory that is handed over and used again. Numbers are whole and from 0 to 2^53, or bigint
 * up to 64 bits; negative ones are not needed here.
 */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#at;
  }

  varint(field: number, value: number): void {
    this.#room(2 * MOST_VARINT);
    this.#put(field * 8 + VARINT);
    this.#put(value);
  }

  bigVarint(field: number, value: bigint): void {
    this.#room(2 * MOST_VARINT);
    this.#put(field * 8 + VARINT);
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 127n) | 128;
    this.#bytes[this.#at++] = Number(rest);
  }

  bool(field: number, value: boolean): void {
    this.varint(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.#room(MOST_VARINT + 8);
    this.#put(field * 8 + FIXED64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: number): void {
    this.#room(MOST_VARINT + 8);
    this.#put(field * 8 + FIXED64);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt(value), this.#at);
  }

  /** UTF-8; half a surrogate pair becomes U+FFFD, as protobuf knows no such thing. */
  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#room(2 * MOST_VARINT + length);
    this.#put(field * 8 + LENGTH);
    this.#put(length);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** Begins a message within; {@link close} ends it, given what this returns. */
  open(field: number): number {
    this.#room(2 * MOST_VARINT);
    this.#put(field * 8 + LENGTH);
    return ++this.#at;
  }

  /** Nearly all are shorter than 128 bytes: the others make room for a longer length by moving up. */
  close(mark: number): void {
    const length = this.#at - mark;
    if (length < SEVEN_BITS) {
      this.#bytes[mark - 1] = length;
      return;
    }
    const more = length < SEVEN_BITS ** 2 ? 1 : length < SEVEN_BITS ** 3 ? 2 : 3;
    if (length >= SEVEN_BITS ** 4) throw new RangeError('a message of more than 256 MiB');
    this.#room(more);
    this.#bytes.copyWithin(mark + more, mark, this.#at);
    const end = this.#at + more;
    this.#at = mark - 1;
    this.#put(length);
    this.#at = end;
  }

  /** All that was written since the last time. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  /** A varint; the caller has made room. */
  #put(value: number): void {
    let rest = value;
    // Shifts are of 32 bits.
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % SEVEN_BITS) | SEVEN_BITS;
      rest = Math.floor(rest / SEVEN_BITS);
    }
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#at++] = (rest & 127) | SEVEN_BITS;
    this.#bytes[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
