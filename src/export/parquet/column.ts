import type { ParquetWriter } from 'hyparquet-writer';
import type { Cell, ColumnName, ColumnType } from './columns.ts';

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];
type Source = Parameters<ParquetWriter['write']>[0]['columnData'][number];
type Value = string | number | bigint | boolean | null;

interface Form {
  /** As the file's schema has it; annotations are those of github.com/apache/parquet-format, LogicalTypes.md. */
  readonly element: Omit<Schema[number], 'name'>;
  /** Numbers that grow are small differences; sequence numbers are as good as random. Null leaves it to the writer. */
  readonly encoding: NonNullable<Source['encoding']> | null;
  /** From how it is kept, where that is as a number. */
  read(kept: number): Value;
}

const FORMS: Readonly<Record<ColumnType, Form>> = {
  long: { element: { type: 'INT64' }, encoding: 'DELTA_BINARY_PACKED', read: (kept) => BigInt(Math.round(kept)) },
  time: {
    element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
    encoding: 'DELTA_BINARY_PACKED',
    read: (kept) => BigInt(Math.floor(kept)),
  },
  int: { element: { type: 'INT32' }, encoding: null, read: (kept) => kept },
  uint: { element: { type: 'INT32', converted_type: 'UINT_32' }, encoding: 'PLAIN', read: (kept) => kept },
  double: { element: { type: 'DOUBLE' }, encoding: 'PLAIN', read: (kept) => kept },
  yes: { element: { type: 'BOOLEAN' }, encoding: null, read: (kept) => kept === 1 },
  text: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, encoding: 'PLAIN', read: String },
  word: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, encoding: 'RLE_DICTIONARY', read: String },
};

/** Every event has them. */
const ALWAYS: ReadonlySet<ColumnName> = new Set(['seq', 'kind', 'at', 'ns', 'host']);
/** By least and most of these a reader knows which groups it need not read. */
const BOUNDED: ReadonlySet<ColumnName> = new Set(['seq', 'at', 'ns']);

/** A column of one group of rows, kept as small as can be: what was never filled takes nothing, and the writer's form is made when it asks. */
export class Column {
  readonly #name: ColumnName;
  readonly #form: Form;
  readonly #rows: number;
  readonly #isText: boolean;
  /** NaN is null. */
  #numbers: Float64Array | null = null;
  #texts: (string | null)[] | null = null;
  /** By an event of this group. */
  #filled = false;

  constructor(name: ColumnName, type: ColumnType, rows: number) {
    this.#name = name;
    this.#form = FORMS[type];
    this.#rows = rows;
    this.#isText = type === 'text' || type === 'word';
  }

  get element(): Schema[number] {
    return { name: this.#name, repetition_type: ALWAYS.has(this.#name) ? 'REQUIRED' : 'OPTIONAL', ...this.#form.element };
  }

  set(row: number, cell: Cell): void {
    if (cell === null || cell === undefined) return;
    this.#filled = true;
    if (this.#isText) {
      this.#texts ??= new Array<string | null>(this.#rows).fill(null);
      this.#texts[row] = String(cell);
    } else {
      this.#numbers ??= new Float64Array(this.#rows).fill(Number.NaN);
      this.#numbers[row] = Number(cell);
    }
  }

  /** What the writer is given of the first `rows` rows. It asks for the data of one column after the other, so only one is in its form at a time. */
  source(rows: number, nulls: readonly null[]): Source {
    const { encoding } = this.#form;
    const values = (): Value[] => this.#values(rows) ?? nulls.slice(0, rows);
    return {
      name: this.#name,
      statistics: BOUNDED.has(this.#name),
      // Where its pages are: it has one, and an index would have to be written behind all groups.
      offsetIndex: false,
      // A dictionary of nothing would be asked for all the same.
      ...(encoding !== null && { encoding: this.#filled ? encoding : 'PLAIN' }),
      get data() {
        return values();
      },
    };
  }

  clear(): void {
    if (!this.#filled) return;
    this.#filled = false;
    this.#numbers?.fill(Number.NaN);
    this.#texts?.fill(null);
  }

  #values(rows: number): Value[] | null {
    if (!this.#filled) return null;
    if (this.#texts !== null) return this.#texts.slice(0, rows);
    if (this.#numbers === null) return null;
    const { read } = this.#form;
    const values = new Array<Value>(rows);
    for (let row = 0; row < rows; row++) {
      const kept = this.#numbers[row] ?? Number.NaN;
      values[row] = Number.isNaN(kept) ? null : read(kept);
    }
    return values;
  }
}
