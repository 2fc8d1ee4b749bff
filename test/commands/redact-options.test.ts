import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { redactKeyOption, redactOf, redactOption } from '../../src/commands/redact-options.ts';

const read = (...argv: string[]): unknown => {
  const command = new Command().addOption(redactOption()).addOption(redactKeyOption()).parse(argv, { from: 'user' });
  return redactOf(command.opts());
};

describe('--redact', () => {
  it('is off unless it is asked for, and a key asks for it too', () => {
    expect(read()).toEqual({ redact: false, redactKey: null });
    expect(read('--redact')).toEqual({ redact: true, redactKey: null });
    expect(read('--redact-key', 'key')).toEqual({ redact: true, redactKey: 'key' });
  });
});
