import { expect, it } from 'vitest';
import { backOffMs } from '../../../src/viewer/live/back-off.ts';

it('doubles from half a second and stays at five', () => {
  expect([1, 2, 3, 4, 5, 50].map(backOffMs)).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
});
