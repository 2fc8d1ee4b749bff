import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { takeEnvironment } from '../../src/commands/environment.ts';

it('the token is read from the environment once, and no child inherits it', () => {
  const env: NodeJS.ProcessEnv = { SYNOPTIC_TOKEN: 'a-token-of-sixteen-characters', OTHER: 'stays' };
  expect(takeEnvironment(env)['SYNOPTIC_TOKEN']).toBe('a-token-of-sixteen-characters');
  expect(execFileSync('/usr/bin/env', { env, encoding: 'utf8' })).toBe('OTHER=stays\n');
});
