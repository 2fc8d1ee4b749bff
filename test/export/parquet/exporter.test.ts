import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { exportCapture } from '../../../src/commands/export.ts';
import { COLUMNS, type ColumnName } from '../../../src/export/parquet/columns.ts';
import { ParquetExporter } from '../../../src/export/parquet/exporter.ts';
import { EventWire } from '../../../src/formats/event.ts';
import { printEvent } from '../../../src/formats/print-event.ts';
import { rfc3339 } from '../../../src/formats/utc.ts';
import { attemptAt, laneOf, probeEventOf } from '../../core/attempts.ts';
import { captureOf } from '../../lab/golden.ts';
import { Folder } from '../../sinks/capture/made.ts';

const DEMO = fileURLToPath(new URL('../../../src/sources/replay/demo.capture', import.meta.url));
const README = fileURLToPath(new URL('../../../README.md', import.meta.url));

type Rows = Record<string, unknown>[];

/** What DuckDB answers; 64-bit numbers are text. */
async function ask(sql: string): Promise<Rows> {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function exportedBoth(folder: Folder, file: string): Promise<{ parquet: string; ndjson: string }> {
  const [parquet, ndjson] = [folder.file('events.parquet'), folder.file('events.ndjson')];
  const common = { file, stdout: process.stdout, terminal: null, stop: { asked: false }, say: () => undefined };
  await exportCapture({ ...common, to: 'parquet', out: parquet });
  await exportCapture({ ...common, to: 'ndjson', out: ndjson });
  return { parquet, ndjson };
}

/** All that is left to write. */
function restOf(exporter: ParquetExporter): Buffer {
  const pieces: Uint8Array[] = [];
  for (let piece = exporter.take(); piece.length > 0; piece = exporter.take()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** All rows, in order, in the words of ndjson; fields without a value are left out. */
async function rowsOf(file: string): Promise<Rows> {
  const rows = await ask(`SELECT * REPLACE (epoch_us("at") AS "at", epoch_us(since) AS since) FROM '${file}' ORDER BY seq`);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, name === 'at' || name === 'since' ? rfc3339(Number(value)) : value]),
    ),
  );
}

/** What a line of ndjson says in columns. */
function columnsOf(line: string): Record<string, unknown> {
  const event = EventWire.parse(JSON.parse(line));
  const { kind } = event;
  const subject = kind === 'finding' ? event.subject : {};
  const whole: Record<string, unknown> = { ...subject, ...event };
  const entries = Object.entries(COLUMNS).flatMap(([name, type]): [string, unknown][] => {
    if (kind === 'finding' && (name === 'pid' || name === 'comm' || name === 'probe')) return [];
    const value = whole[name];
    if (name === 'json') return ['probe', 'finding', 'gap', 'neighbour', 'tier'].includes(kind) ? [[name, line]] : [];
    if (value === null || value === undefined) return [];
    // DuckDB's 64-bit integers come as text.
    return [[name, type === 'long' ? String(value) : value]];
  });
  return Object.fromEntries(entries);
}

describe('a Parquet file', { timeout: 60_000 }, () => {
  it('gives DuckDB the same counts as the lines of JSON do', async () => {
    using folder = new Folder();
    const { parquet, ndjson } = await exportedBoth(folder, captureOf('loss-5-percent'));
    const count = (from: string) => ask(`SELECT kind, count(*) AS events FROM ${from} GROUP BY ALL ORDER BY ALL`);
    const counts = await count(`'${parquet}'`);
    expect(counts).toEqual(await count(`read_json('${ndjson}', format = 'newline_delimited')`));
    expect(counts.map(({ kind }) => kind)).toContain('retransmit');
    const [span] = await ask(`SELECT max(ns) - min(ns) AS ns, epoch_us(max("at")) - epoch_us(min("at")) AS us FROM '${parquet}'`);
    expect(Math.abs(Number(span?.['us']) - Number(span?.['ns']) / 1000)).toBeLessThan(10_000);
  });

  it('says in each row what the line says, in every column', async () => {
    using folder = new Folder();
    const { parquet, ndjson } = await exportedBoth(folder, DEMO);
    const lines = readFileSync(ndjson, 'utf8').trimEnd().split('\n');
    const rows = await rowsOf(parquet);
    expect(rows).toHaveLength(lines.length);
    for (const [at, row] of rows.entries()) expect(row).toEqual(columnsOf(lines[at] ?? ''));
    // Both texts and numbers were compared, and more than a few.
    expect(new Set(rows.flatMap((row) => Object.keys(row))).size).toBeGreaterThan(35);
  });

  it('has probes’ attempts too, in as many groups of rows as it takes, and words as a dictionary', async () => {
    using folder = new Folder();
    const file = folder.file('probes.parquet');
    const events = Array.from({ length: 25 }, (_, at) => {
      // In later groups nobody fills what only the kernel’s side has.
      const kernel = at < 10 && at % 2 === 0 ? laneOf({ establishedNs: 1.003e9 }) : null;
      return probeEventOf(attemptAt({ called: at, connectCalled: at + 1, connected: at + 2, done: at + 3 }, { attempt: at + 1 }), kernel, {
        seq: at + 1,
      });
    });
    const exporter = new ParquetExporter({ host: 'here', synoptic: '0.1.0', groupRows: 10 });
    exporter.events(events);
    exporter.end();
    writeFileSync(file, restOf(exporter));
    expect(await rowsOf(file)).toEqual(events.map((event) => columnsOf(printEvent(event, 'here'))));
    const groups = await ask(
      `SELECT DISTINCT row_group_id, row_group_num_rows, encodings FROM parquet_metadata('${file}') WHERE path_in_schema = 'target' ORDER BY 1`,
    );
    expect(groups.map((group) => [group['row_group_num_rows'], String(group['encodings'])])).toEqual([
      ['10', expect.stringContaining('RLE_DICTIONARY')],
      ['10', expect.stringContaining('RLE_DICTIONARY')],
      ['5', expect.stringContaining('RLE_DICTIONARY')],
    ]);
  });

  it.each([14, 15, 40])('lists %i groups of rows at its end, as many as it has', async (groups) => {
    using folder = new Folder();
    const file = folder.file('groups.parquet');
    const events = Array.from({ length: 2 * groups }, (_, at) => probeEventOf(attemptAt({ called: at }), null, { seq: at + 1 }));
    const exporter = new ParquetExporter({ host: 'here', synoptic: '0.1.0', groupRows: 2 });
    exporter.events(events);
    exporter.end();
    writeFileSync(file, restOf(exporter));
    expect(await ask(`SELECT num_rows, num_row_groups FROM parquet_file_metadata('${file}')`)).toEqual([
      { num_rows: String(2 * groups), num_row_groups: String(groups) },
    ]);
    expect((await ask(`SELECT seq FROM '${file}'`)).map(({ seq }) => Number(seq))).toEqual(events.map(({ seq }) => seq));
  });

  it('of a capture without events is one that can be read', async () => {
    using folder = new Folder();
    const exporter = new ParquetExporter({ host: 'here', synoptic: '0.1.0' });
    exporter.end();
    writeFileSync(folder.file('none.parquet'), restOf(exporter));
    expect(await ask(`SELECT count(*) AS events FROM '${folder.file('none.parquet')}'`)).toEqual([{ events: '0' }]);
  });

  it('has the columns that README.md lists, of the types that it says', async () => {
    using folder = new Folder();
    const { parquet } = await exportedBoth(folder, captureOf('syn-lost-once'));
    const described = await ask(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM '${parquet}')`);
    const rows = [...readFileSync(README, 'utf8').matchAll(/^\| ((?:`\w+`[ ,]*)+)\| ([A-Z ]+?) *\|/gm)];
    const listed = new Map(
      rows.flatMap(([, names = '', type = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, type] as const)),
    );
    for (const { name, type } of described) expect([name, listed.get(String(name))]).toEqual([name, type]);
    expect(described.map(({ name }) => name)).toEqual(Object.keys(COLUMNS) satisfies string[] as ColumnName[]);
  });
});
