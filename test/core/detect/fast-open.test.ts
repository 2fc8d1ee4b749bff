import { expect, it } from 'vitest';
import { fastOpen } from '../../../src/core/detect/fast-open.ts';
import { CONNECTION_THRESHOLDS } from '../../../src/core/model/connection-thresholds.ts';
import { again, Direct, state } from './direct.ts';

const watch = () => new Direct((findings) => fastOpen(findings, CONNECTION_THRESHOLDS['fast-open']));
/** A SYN lost, the second answered, and its data sent again `laterMs` afterwards. */
const lost = (s: number, sock: number, laterMs: number, backoff = 0) => [
  again(s, sock, 1),
  state(s, sock, 'SYN_SENT', 'ESTABLISHED'),
  again(s + laterMs / 1000, sock, backoff, { what: 'data', timer: 'unknown', state: 'ESTABLISHED' }),
];

it('Fast Open that is swallowed on the way is found at the second SYN, and over after a minute without', () => {
  const story = watch().take(...lost(1, 1, 0.1));
  expect(story.told).toEqual([]);
  story.take(...lost(3, 2, 0.1));
  expect(story.words).toEqual(['open warning consistent']);
  expect(story.told[0]?.summary).toContain('each connection of shop[11] is a second late');
  expect(story.told[0]?.advice[0]?.setting).toBe('net.ipv4.tcp_fastopen');
  story.until(70);
  expect(story.told.at(-1)).toMatchObject({ phase: 'resolved' });
});

it('lost SYNs without data, and data lost later or after a time-out, are not Fast Open’s', () => {
  const story = watch();
  for (let n = 1; n < 9; n++) story.take(again(n, n, 1), state(n, n, 'SYN_SENT', 'ESTABLISHED'));
  for (let n = 10; n < 19; n++) story.take(...lost(n, n, 220));
  for (let n = 20; n < 29; n++) story.take(...lost(n, n, 0.1, 1));
  expect(story.until(40).told).toEqual([]);
});

it('two in a minute are asked for, not two in a day', () => {
  const story = watch()
    .take(...lost(1, 1, 0.1))
    .until(100);
  expect(story.take(...lost(101, 2, 0.1)).told).toEqual([]);
});
