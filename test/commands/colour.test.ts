import { describe, expect, it } from 'vitest';
import { hasColour } from '../../src/commands/colour.ts';

describe('colour', () => {
  it('is for terminals, not for files and pipes', () => {
    expect(hasColour({ isTTY: true }, { TERM: 'xterm' })).toBe(true);
    expect(hasColour({ isTTY: false }, { TERM: 'xterm' })).toBe(false);
    expect(hasColour({}, { TERM: 'xterm' })).toBe(false);
  });

  it('is left out where NO_COLOR has any value but the empty one', () => {
    expect(hasColour({ isTTY: true }, { NO_COLOR: '0' })).toBe(false);
    expect(hasColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  });

  it('is left out on a terminal that calls itself dumb', () => {
    expect(hasColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });
});
