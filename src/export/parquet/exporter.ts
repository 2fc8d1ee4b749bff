import { constants, zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Event } from '../../core/model/event.ts';
import type { Exporter } from '../exporter.ts';
import { type Cell, COLUMNS, type ColumnName, type ColumnType, FILLED, rowOf } from './columns.ts';

/** Rows in a group: what is held in memory, and the least that a reader takes in. Each costs some 30 kB of the file's end, where groups are listed. */
const GROUP_ROWS = 65_536;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
type Source = Parameters<ParquetWriter['write']>[0]['columnData'][number];
type Value = string | number | bigint | boolean | null;

/** As the file's schema has them; strings and numbers are the annotations of github.com/apache/parquet-format, LogicalTypes.md. */
const PHYSICAL: Readonly<Record<ColumnType, Omit<Schema[number], 'name'>>> = {
  long: { type: 'INT64' },
  int: { type: 'INT32' },
  uint: { type: 'INT32', converted_type: 'UINT_32' },
  double: { type: 'DOUBLE' },
  time: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  word: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  yes: { type: 'BOOLEAN' },
};
/** How they are written: numbers that grow are small differences; sequence numbers are as good as random. */
const ENCODING: Readonly<Partial<Record<ColumnType, NonNullable<Source['encoding']>>>> = {
  long: 'DELTA_BINARY_PACKED',
  time: 'DELTA_BINARY_PACKED',
  uint: 'PLAIN',
  double: 'PLAIN',
  text: 'PLAIN',
  word: 'RLE_DICTIONARY',
};
/** Every event has them. */
const ALWAYS: ReadonlySet<ColumnName> = new Set(['seq', 'kind', 'at', 'ns', 'host']);
/** By least and most of these a reader knows which groups it need not read. */
const BOUNDED: ReadonlySet<ColumnName> = new Set(['seq', 'at', 'ns']);

/** Each column as the kind of event fills it. */
interface Column {
  readonly name: ColumnName;
  readonly values: Value[];
  readonly convert: (cell: NonNullable<Cell>) => Value;
}

/**
 * A capture's events as a Parquet file, a row an event, packed with zstd. A group of rows is handed over when it is full; only the list of
 * groups stays until the end.
 */
export class ParquetExporter implements Exporter {
  readonly #host: string;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #columns: Readonly<Record<ColumnName, Column>>;
  readonly #sources: readonly Source[];
  #rows = 0;

  /** `synoptic`: the version that recorded. */
  constructor({ host, synoptic }: { host: string; synoptic: string }) {
    this.#host = host;
    const columns = Object.entries(COLUMNS) as [ColumnName, ColumnType][];
    this.#columns = Object.fromEntries(
      columns.map(([name, type]) => [name, { name, values: new Array<Value>(GROUP_ROWS).fill(null), convert: CONVERT[type] }]),
    ) as Record<ColumnName, Column>;
    this.#sources = columns.map(([name, type]) => {
      const encoding = ENCODING[type];
      return { name, data: this.#columns[name].values, statistics: BOUNDED.has(name), ...(encoding !== undefined && { encoding }) };
    });
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: 'events', num_children: columns.length },
        ...columns.map(([name, type]) => ({
          name,
          repetition_type: ALWAYS.has(name) ? ('REQUIRED' as const) : ('OPTIONAL' as const),
          ...PHYSICAL[type],
        })),
      ],
      codec: 'ZSTD',
      compressors: { ZSTD: (input) => zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }) },
      createdBy: 'synoptic',
      kvMetadata: [
        { key: 'synoptic.host', value: host },
        { key: 'synoptic.version', value: synoptic },
      ],
    });
  }

  events(events: readonly Event[]): void {
    for (const event of events) {
      const row = rowOf(event, this.#host);
      for (const name of FILLED[event.kind]) {
        const { values, convert } = this.#columns[name];
        const cell = row[name];
        values[this.#rows] = cell === null || cell === undefined ? null : convert(cell);
      }
      if (++this.#rows === GROUP_ROWS) this.#group();
    }
  }

  figures(): void {
    // Rows are events only.
  }

  take(): Uint8Array {
    const taken = new Uint8Array(this.#bytes.getBytes());
    // The writer goes on counting where in the file it is; what was handed over is written over.
    this.#bytes.index = 0;
    return taken;
  }

  end(): void {
    this.#group();
    this.#writer.finish();
  }

  #group(): void {
    if (this.#rows === 0) return;
    const rows = this.#rows;
    const columnData = this.#sources.map((source) => (rows === GROUP_ROWS ? source : { ...source, data: source.data.slice(0, rows) }));
    this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    for (const { values } of Object.values(this.#columns)) values.fill(null);
    this.#rows = 0;
  }
}

const whole = (cell: NonNullable<Cell>): bigint => BigInt(Math.round(Number(cell)));
const asIs = (cell: NonNullable<Cell>): Value => cell;

const CONVERT: Readonly<Record<ColumnType, (cell: NonNullable<Cell>) => Value>> = {
  long: whole,
  time: (cell) => BigInt(Math.floor(Number(cell))),
  int: asIs,
  uint: asIs,
  double: asIs,
  text: asIs,
  word: asIs,
  yes: asIs,
};
