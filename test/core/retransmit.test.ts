import { describe, expect, it } from 'vitest';
import { kernel, MS, run, T0, tick, up } from './inputs.ts';
import { NETNS } from './recorded.ts';

describe('a segment sent again', () => {
  /** As retransmit.bt says it: RTO expiries so far, enum tcp_ca_state, and why it did not leave. */
  const again = (retransmits: number, caState: number, err: number) => {
    const line = `R ${(T0 + MS).toString(16)} ff 1 ${NETNS} 10.0.0.1 40000 10.0.0.2 80 1 9 24 ${retransmits} ${caState} ${err}`;
    return run([up(), kernel(T0 + 2 * MS, line), tick(T0 + 99 * MS)])[0];
  };

  it('in Loss is the timer’s only where the timer has expired', () => {
    expect([again(1, 4, 0), again(0, 4, 0), again(0, 3, 0), again(0, 0, 0)]).toMatchObject(
      ['rto', 'unknown', 'fast', 'tlp'].map((timer) => ({ kind: 'retransmit', timer })),
    );
  });

  it('that a local firewall dropped never left (EPERM), and is not taken for a kernel that does not say', () => {
    expect([again(1, 4, -1), again(1, 4, -16), again(1, 4, 1), again(1, 4, 0)]).toMatchObject(
      ['EPERM', 'EBUSY', null, null].map((error) => ({ kind: 'retransmit', error })),
    );
  });
});
