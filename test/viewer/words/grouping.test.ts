import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../src/formats/filter.ts';
import { groupFilter, groupName } from '../../../src/viewer/words/grouping.ts';

describe('a group of TIME_WAIT', () => {
  it('leads to the filter for its members, IPv6 and odd names too', () => {
    expect(groupFilter('destination', '10.0.0.9:443')).toBe('raddr=10.0.0.9 rport=443');
    expect(groupFilter('destination', '[fe80::1]:443')).toBe('raddr=fe80::1 rport=443');
    for (const name of ['my app', 'a"b', 'x*', 'back\\slash']) {
      const filter = parseFilter(groupFilter('owner', name) ?? '');
      const ends = { netns: 1, laddr: '10.0.0.1', lport: 1, raddr: '10.0.0.2', rport: 2 };
      const socket = { ...ends, state: 'ESTABLISHED', pid: 1, owner: null, netnsName: null } as const;
      expect([filter.matchesConnection({ ...socket, comm: name }), filter.matchesConnection({ ...socket, comm: 'other' })]).toEqual([
        true,
        false,
      ]);
    }
  });

  it('has no filter where nobody knows the owner, and says so', () => {
    expect([groupFilter('owner', ''), groupName('owner', '')]).toEqual([null, 'owner not known']);
  });
});
