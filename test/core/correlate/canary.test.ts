import { expect, it } from 'vitest';
import { CanaryJoin } from '../../../src/core/correlate/canary.ts';
import type { CanaryInput } from '../../../src/core/model/input.ts';
import { transition } from '../lines.ts';

const PORT = 41_000;
const NETNS = 4_026_531_833;
const ENDS = { netns: NETNS, laddr: '127.0.0.1', raddr: '127.0.0.1', rport: PORT };

const told = (atNs: number, lport: number): CanaryInput => ({
  ...{ type: 'canary', atNs, beforeNs: atNs - 1e6, afterNs: atNs },
  ...{ laddr: '127.0.0.1', lport, raddr: '127.0.0.1', rport: PORT },
});

/** The kernel's side of a canary: heard 20 ms after it happened. */
function seen(join: CanaryJoin, ns: number, lport: number) {
  join.onState(transition({ ...ENDS, from: 'CLOSE', to: 'SYN_SENT', ns, skaddr: ns, lport: 0 }), ns + 20e6);
  return join.onState(transition({ ...ENDS, from: 'SYN_SENT', to: 'ESTABLISHED', ns: ns + 1e5, skaddr: ns, lport }), ns + 20e6);
}

it('joins a canary with its kernel side, whichever comes first', () => {
  const join = new CanaryJoin({ canaryPort: PORT, netns: NETNS });
  expect(seen(join, 10e9, 50_000)).toBeNull();
  expect(join.onCanary(told(10e9, 50_000))).toEqual({ kernelNs: 10e9, beforeNs: 9.999e9, afterNs: 10e9 });
  join.onCanary(told(20e9, 50_001));
  expect(seen(join, 20e9, 50_001)).toMatchObject({ kernelNs: 20e9 });
});

it('does not take an earlier canary for a later one where ports are few: one of each had lost its other side', () => {
  const join = new CanaryJoin({ canaryPort: PORT, netns: NETNS });
  expect(join.onCanary(told(10e9, 50_000))).toBeNull();
  expect(seen(join, 20e9, 50_000)).toBeNull();
  expect(join.onCanary(told(20e9, 50_000))).toMatchObject({ kernelNs: 20e9, afterNs: 20e9 });
  expect(seen(join, 30e9, 50_000)).toBeNull();
  expect(join.onCanary(told(40e9, 50_000))).toBeNull();
  expect(seen(join, 40e9, 50_000)).toMatchObject({ kernelNs: 40e9 });
});
