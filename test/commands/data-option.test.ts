import { execa } from 'execa';
import { expect, it } from 'vitest';
import { MAIN } from '../lab/product.ts';

it('a --data that is empty is refused: it would be whatever folder one is in', { timeout: 60_000 }, async () => {
  const words = ['observe', '--demo', '--listen', '127.0.0.1:0', '--data', ''];
  const { exitCode, stderr } = await execa(process.execPath, [MAIN, ...words], { reject: false, stdin: 'ignore', timeout: 40_000 });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--data names no folder [USAGE]')]);
});
