import { expect, it } from 'vitest';
import { stirredBy } from '../../src/commands/sampling-calls.ts';
import { about, MS, ready, run, T0, tick, up } from '../core/inputs.ts';
import { NETNS } from '../core/recorded.ts';

it('calls a namespace stirred by what happens in it, but not by our own canary, or ours would never be quiet', () => {
  const canaries = run([up(), ...ready(T0 + 5 * MS), tick(T0 + 90 * MS)]);
  expect(canaries.map(({ kind }) => kind)).toContain('state');
  expect(new Set(canaries.map(stirredBy))).toEqual(new Set([undefined]));
  expect(new Set(about(39293).map(stirredBy))).toEqual(new Set([NETNS]));
});
