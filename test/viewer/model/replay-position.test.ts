import { describe, expect, it } from 'vitest';
import type { ReplayState } from '../../../src/formats/replay.ts';
import { fromAddress, inAddress, lengthOf, offsetWords, positionNow } from '../../../src/viewer/model/replay-position.ts';
import { aReplay } from '../wire.ts';

const state = (fields: Partial<ReplayState> = {}): ReplayState => aReplay({ atMs: 10_000, spanMs: 60_000, ...fields });

describe('a replay’s position', () => {
  it('moves on by its speed between two words of the service, never beyond the end', () => {
    expect(positionNow(state({ speed: 4 }), 500)).toBe(12_000);
    expect(positionNow(state({ speed: 100 }), 5000)).toBe(60_000);
  });

  it('stands while it is paused, and is not guessed at full speed', () => {
    expect(positionNow(state({ playing: false }), 5000)).toBe(10_000);
    expect(positionNow(state({ speed: 'max' }), 5000)).toBe(10_000);
  });

  it('is where a seek leads, or where a search has got to', () => {
    expect(positionNow(state({ seeking: { atMs: 11_000, toMs: 40_000 } }), 500)).toBe(40_000);
    expect(positionNow(state({ seeking: { atMs: 11_000, toMs: null } }), 500)).toBe(11_000);
  });

  it('is on a line as long as the capture, or as far as anything is known while that is not', () => {
    expect(lengthOf(state())).toBe(60_000);
    const survey = { throughMs: 30_000, findings: 0, done: false, fault: null };
    expect(lengthOf(state({ spanMs: null, survey }))).toBe(30_000);
    expect(lengthOf(state({ spanMs: null, atMs: 45_000, survey }))).toBe(45_000);
    expect(lengthOf(state({ spanMs: 0 }))).toBe(1);
  });

  it('in the address is no less than it is, so that what has just happened there has happened', () => {
    expect(inAddress(18_710.200001)).toBe('18.711');
    expect(fromAddress('18.711')).toBe(18_711);
    expect(inAddress(0)).toBe('0');
  });

  it.each([undefined, '', '-1', '1e3', 'Infinity', '12:30'])('is none in an address that says %j', (at) => {
    expect(fromAddress(at)).toBeNull();
  });

  it.each([
    [0, '+0.0 s'],
    [59_990, '+59.9 s'],
    [83_400, '+1:23.4'],
    [3_723_400, '+1:02:03.4'],
  ])('of %i ms reads %s', (ms, words) => {
    expect(offsetWords(ms)).toBe(words);
  });
});
