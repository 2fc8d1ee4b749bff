import { readFileSync } from 'node:fs';
import { type Row, tableOf } from './found.ts';

// Prints what scripts/lab has written: one line of JSON a play.
const [, , file = ''] = process.argv;
const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
process.stdout.write(`${tableOf(rows)}\n`);
