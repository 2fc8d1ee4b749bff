import { describe, expect, it } from 'vitest';
import { onlyThis, stateIn, toggleState } from '../../../src/viewer/model/filter-terms.ts';

describe('the terms that clicks write', () => {
  it('adds a state, replaces it by another and takes it away again, leaving the other terms', () => {
    const one = toggleState('port=443', 'SYN_SENT');
    expect(one).toBe('port=443 state=SYN_SENT');
    const other = toggleState(one, 'TIME_WAIT');
    expect(other).toBe('port=443 state=TIME_WAIT');
    expect(toggleState(other, 'TIME_WAIT')).toBe('port=443');
  });

  it('sees which state is asked for, and none in a filter that names no real one', () => {
    expect(stateIn('comm=nginx  state=CLOSE_WAIT')).toBe('CLOSE_WAIT');
    expect(stateIn('state=OPEN')).toBeUndefined();
    expect(stateIn('')).toBeUndefined();
  });

  it('names both ends and the namespace of one connection', () => {
    expect(onlyThis({ laddr: '10.0.0.7', lport: 49148, raddr: '2001:db8::9', rport: 443 }, 4026531840)).toBe(
      'laddr=10.0.0.7 raddr=2001:db8::9 lport=49148 rport=443 netns=4026531840',
    );
  });

  it('says nothing about a port that the kernel has not chosen yet', () => {
    expect(onlyThis({ laddr: '10.0.0.7', lport: 0, raddr: '10.0.0.9', rport: 443 }, null)).toBe('laddr=10.0.0.7 raddr=10.0.0.9 rport=443');
  });
});
