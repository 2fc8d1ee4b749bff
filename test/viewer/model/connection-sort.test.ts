import { describe, expect, it } from 'vitest';
import { sorted } from '../../../src/viewer/model/connection-sort.ts';
import { aConnection } from '../wire.ts';

const rows = [
  aConnection({ sock: 1, state: 'TIME_WAIT', lport: 9, retransmits: 3, sinceNs: '30' }),
  aConnection({ sock: 2, state: 'LISTEN', lport: 443, retransmits: 0, sinceNs: null }),
  aConnection({ sock: 3, state: 'ESTABLISHED', lport: 80, retransmits: 3, sinceNs: '4' }),
];
const socks = (...args: Parameters<typeof sorted>): number[] => sorted(...args).map(({ sock }) => sock);

describe('sorting connections', () => {
  it('puts states in the order of the diagram, not of the alphabet or of Linux’s numbers', () => {
    expect(socks(rows, { by: 'state', down: false })).toEqual([2, 3, 1]);
  });

  it('compares ports and times as numbers', () => {
    expect(socks(rows, { by: 'local', down: false })).toEqual([1, 3, 2]);
    expect(socks(rows, { by: 'since', down: false })).toEqual([2, 3, 1]);
  });

  it('keeps equal rows in one order both ways, so that they do not dance', () => {
    expect(socks(rows, { by: 'retransmits', down: true })).toEqual([1, 3, 2]);
    expect(socks([...rows].reverse(), { by: 'retransmits', down: false })).toEqual([2, 1, 3]);
  });
});
