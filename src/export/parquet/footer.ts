import { ByteWriter, type ParquetWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';

type Metadata = Parameters<typeof writeMetadata>[1];
type Group = Metadata['row_groups'][number];

/** Of Thrift's compact protocol: an element of a list is a struct; from 15 on the length follows its header. */
const STRUCT = 0x0c;
const LONG = 15;
/** How a Parquet file ends: the footer's length, and `PAR1`. */
const LENGTH_BYTES = 4;
const MAGIC = Buffer.from('PAR1', 'latin1');

/**
 * The end of a Parquet file, where its groups of rows are listed. The writer keeps each group as objects, 33 kB with our columns, and makes 52 kB
 * more of them when it ends: 130 MB for the events of a capture of 1 GB. Here they are kept as they stand in the file, 2.4 kB.
 */
export class Footer {
  readonly #about: Pick<ParquetWriter, 'schema' | 'createdBy' | 'kvMetadata'>;
  /** Without groups, and how much of it stands behind their list. */
  readonly #empty: Buffer;
  #behind = 0;
  readonly #groups: Uint8Array[] = [];

  constructor(about: Pick<ParquetWriter, 'schema' | 'createdBy' | 'kvMetadata'>) {
    this.#about = about;
    this.#empty = this.#print([], 0n);
  }

  add(group: Group): void {
    const printed = this.#print([group], 0n);
    // The first byte that differs is the list's header; what stands behind the list is the same.
    const list = this.#empty.findIndex((byte, at) => byte !== printed[at]);
    this.#behind = this.#empty.length - list - 1;
    // A memory of its own: a small Buffer is a piece of 64 KiB shared with what is soon forgotten, and would keep all of it.
    this.#groups.push(new Uint8Array(printed.subarray(list + 1, printed.length - this.#behind)));
  }

  /** What was added is listed in it; in pieces, for joining them takes several times its size. */
  end(rows: bigint): Uint8Array[] {
    const printed = this.#print([], rows);
    const list = printed.length - this.#behind - 1;
    // What the writer says of the length is of the list that it knows.
    const end = printed.length - LENGTH_BYTES;
    const pieces =
      this.#groups.length === 0
        ? [printed.subarray(0, end)]
        : [printed.subarray(0, list), this.#header(), ...this.#groups, printed.subarray(list + 1, end)];
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(pieces.reduce((sum, piece) => sum + piece.length, 0));
    return [...pieces, length, MAGIC];
  }

  #header(): Buffer {
    const writer = new ByteWriter();
    const { length } = this.#groups;
    writer.appendUint8((Math.min(length, LONG) << 4) | STRUCT);
    if (length >= LONG) writer.appendVarInt(length);
    return Buffer.from(writer.getBytes());
  }

  /** With its length behind it. */
  #print(groups: Group[], rows: bigint): Buffer {
    const { schema, createdBy, kvMetadata } = this.#about;
    const writer = new ByteWriter();
    const metadata = { version: 2, created_by: createdBy, schema, num_rows: rows, row_groups: groups, key_value_metadata: kvMetadata };
    writeMetadata(writer, metadata as Metadata);
    return Buffer.from(writer.getBytes());
  }
}
