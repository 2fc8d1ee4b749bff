import { afterEach, describe, expect, it } from 'vitest';
import { fullTime, shortTime, timeOfDay, wireTime } from '../../../src/viewer/words/moment.ts';

const AT = '2025-11-20T21:00:00.123456Z';
const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('times', () => {
  it('keeps the microseconds of the wire, in UTC', () => {
    expect([timeOfDay(AT, 'utc'), shortTime(AT, 'utc')]).toEqual(['21:00:00.123456', '21:00:00']);
    expect(fullTime(AT, 'utc')).toBe('2025-11-20 21:00:00.123456 UTC');
  });

  it('gives the reader’s own day and hour with their offset', () => {
    process.env['TZ'] = 'Asia/Kolkata';
    expect(timeOfDay(AT, 'local')).toBe('02:30:00.123456');
    expect(fullTime(AT, 'local')).toBe('2025-11-21 02:30:00.123456 +05:30');
    process.env['TZ'] = 'America/St_Johns';
    expect(fullTime(AT, 'local')).toBe('2025-11-20 17:30:00.123456 −03:30');
  });

  it('writes this page’s own moments as the wire does', () => {
    expect(wireTime(Date.UTC(2025, 10, 20, 21, 0, 0, 123))).toBe('2025-11-20T21:00:00.123000Z');
  });
});
