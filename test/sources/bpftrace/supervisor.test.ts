import { expect, it } from 'vitest';
import { patienceAfter } from '../../../src/sources/bpftrace/supervisor.ts';

it('waits for bpftrace as the machine is: seconds where it started in one, more where compiling took minutes', () => {
  expect(patienceAfter(600)).toEqual({ restarting: 10_000, running: 3000 });
  expect(patienceAfter(4000)).toEqual({ restarting: 20_000, running: 3000 });
  expect(patienceAfter(130_000)).toEqual({ restarting: 650_000, running: 65_000 });
});
