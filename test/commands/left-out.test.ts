import { expect, it } from 'vitest';
import { LeftOut } from '../../src/commands/left-out.ts';
import type { Event } from '../../src/core/model/event.ts';
import { GapEventWire } from '../../src/formats/event.ts';
import { printEvent } from '../../src/formats/print-event.ts';

const event = (seq: number): Event => ({
  kind: 'neighbour',
  seq,
  ns: seq * 1000,
  wallUs: 1.7e15 + seq,
  address: '10.0.0.1',
  device: 'eth0',
  oldLink: null,
  newLink: null,
});
const line = (one: Event, host: string) => `${printEvent(one, host)}\n`;

it('tells events that a slow reader missed as one gap in their place, once', () => {
  const left = new LeftOut();
  expect(left.told(line, 'h')).toBe('');
  for (const seq of [4, 5, 7]) left.add(event(seq));
  const gap = GapEventWire.parse(JSON.parse(left.told(line, 'h')));
  expect(gap).toMatchObject({ cause: 'slow-reader', shed: 3, lost: 0, seq: 7, host: 'h', fromNs: '4000', toNs: '7000' });
  expect(gap.what).toContain('seq 4 to 7');
  expect(left.told(line, 'h')).toBe('');
});
