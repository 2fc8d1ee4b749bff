import { expect, it } from 'vitest';
import { isSocketEvent, tupleOf } from '../../../src/viewer/model/row.ts';
import { anEvent } from '../wire.ts';

const ENDS = { laddr: '10.0.0.7', lport: 49148, raddr: '10.0.0.9', rport: 443 };

it('takes an attempt of a probe for what it is: it may have ends, and has no owner', () => {
  const attempt = anEvent('probe', ENDS);
  expect([isSocketEvent(attempt), tupleOf(attempt)]).toEqual([false, ENDS]);
  expect(tupleOf(anEvent('probe', { ...ENDS, laddr: null, lport: null }))).toBeNull();
});

it('finds the ends of whatever happened to one socket, and none for the rest', () => {
  expect(tupleOf(anEvent('reset'))).toMatchObject(ENDS);
  expect(tupleOf(anEvent('gap'))).toBeNull();
});
