import { constants, zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Event } from '../../core/model/event.ts';
import type { Exporter } from '../exporter.ts';
import { Column } from './column.ts';
import { COLUMNS, type ColumnName, type ColumnType, FILLED, rowOf } from './columns.ts';
import { Footer } from './footer.ts';

/**
 * Rows in a group: what is held in memory, and the least that a reader takes in. Each column makes several arrays of as many; V8 frees those of more than
 * 128 KiB late.
 */
const GROUP_ROWS = 8192;

const NOTHING = new Uint8Array(0);

export interface ParquetOptions {
  readonly host: string;
  /** Synoptic's version that recorded. */
  readonly synoptic: string;
  /** @default GROUP_ROWS */
  readonly groupRows?: number;
}

/**
 * A capture's events as a Parquet file, a row an event, packed with zstd. A group of rows is handed over when it is full; only the list of
 * groups stays until the end.
 */
export class ParquetExporter implements Exporter {
  readonly #host: string;
  readonly #groupRows: number;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #footer: Footer;
  readonly #columns: Readonly<Record<ColumnName, Column>>;
  /** Of columns that no event has filled. */
  readonly #nulls: readonly null[];
  #rows = 0;
  /** What ends the file and was not taken yet. */
  #ending: Uint8Array[] = [];

  constructor({ host, synoptic, groupRows = GROUP_ROWS }: ParquetOptions) {
    this.#host = host;
    this.#groupRows = groupRows;
    this.#nulls = new Array<null>(groupRows).fill(null);
    const entries = (Object.entries(COLUMNS) as [ColumnName, ColumnType][]).map(
      ([name, type]) => [name, new Column(name, type, groupRows)] as const,
    );
    this.#columns = Object.fromEntries(entries) as Record<ColumnName, Column>;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'events', num_children: entries.length }, ...entries.map(([, column]) => column.element)],
      codec: 'ZSTD',
      compressors: { ZSTD: packed },
      createdBy: 'synoptic',
      kvMetadata: [
        { key: 'synoptic.host', value: host },
        { key: 'synoptic.version', value: synoptic },
      ],
    });
    this.#footer = new Footer(this.#writer);
  }

  events(events: readonly Event[]): void {
    for (const event of events) {
      const row = rowOf(event, this.#host);
      for (const name of FILLED[event.kind]) this.#columns[name].set(this.#rows, row[name]);
      if (++this.#rows === this.#groupRows) this.#group();
    }
  }

  figures(): void {
    // Rows are events only.
  }

  take(): Uint8Array {
    if (this.#bytes.index === 0) return this.#ending.shift() ?? NOTHING;
    const taken = new Uint8Array(this.#bytes.getBytes());
    // The writer goes on counting where in the file it is; what was handed over is written over.
    this.#bytes.index = 0;
    return taken;
  }

  end(): void {
    this.#group();
    this.#ending = this.#footer.end(this.#writer.num_rows);
  }

  /** The writer comes back at once where it writes to memory, as here. */
  #group(): void {
    if (this.#rows === 0) return;
    const columns = Object.values(this.#columns);
    void this.#writer.write({ columnData: columns.map((column) => column.source(this.#rows, this.#nulls)), rowGroupSize: this.#groupRows });
    for (const group of this.#writer.row_groups.splice(0)) this.#footer.add(group);
    // Those are of columns with an index of pages, which none has.
    this.#writer.pendingIndexes.length = 0;
    for (const column of columns) column.clear();
    this.#rows = 0;
  }
}

function packed(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}
