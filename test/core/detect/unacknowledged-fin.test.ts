import { expect, it } from 'vitest';
import { Settings } from '../../../src/core/detect/settings.ts';
import { StallWatch } from '../../../src/core/detect/stall-watch.ts';
import { stuckClose } from '../../../src/core/detect/stuck-close.ts';
import { CONNECTION_THRESHOLDS } from '../../../src/core/model/connection-thresholds.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/core/model/thresholds.ts';
import { SocketTable } from '../../../src/core/track/sockets.ts';
import { TimeWaitLedger } from '../../../src/core/track/time-wait.ts';
import { start } from '../inputs.ts';
import { again, Direct, state } from './direct.ts';

const stalling = new StallWatch(DEFAULT_THRESHOLDS);
const world = { start, sockets: new SocketTable(10), timeWait: new TimeWaitLedger(10), settings: new Settings(), stalling };
const watch = () => new Direct((findings) => stuckClose(findings, world, CONNECTION_THRESHOLDS['stuck-close']));
const fin = (s: number, sock: number, backoff: number, timer: 'rto' | 'tlp' = 'rto') =>
  again(s, sock, backoff, { what: 'fin', timer, state: 'LAST_ACK', pid: null, comm: null });

it('a FIN sent again three times is suspected, four times sure, by peer; and over when the kernel gives up', () => {
  const story = watch().take(fin(1, 1, 1), fin(2, 1, 2));
  expect(story.told).toEqual([]);
  story.take(fin(3, 1, 3));
  expect(story.words).toEqual(['open info suspected']);
  expect(Object.keys(story.told[0]?.subject.sockets[0] ?? {}).sort()).toEqual(['laddr', 'lport', 'raddr', 'rport', 'sock']);
  expect(story.told[0]?.summary).toBe(
    '10.0.0.9 does not acknowledge the end of 1 connection (LAST_ACK): the kernel sends the FIN again and again.',
  );
  story.take(fin(5, 1, 4));
  expect(story.words.at(-1)).toBe('update info consistent');
  story.take(state(9, 1, 'LAST_ACK', 'CLOSE')).until(10);
  expect(story.told.at(-1)).toMatchObject({ phase: 'resolved', summary: 'All of them have come to an end, or were given up.' });
});

it('ten sockets of one peer are a warning, one each of ten peers are not', () => {
  const one = watch();
  for (let sock = 1; sock <= 10; sock++) one.take(fin(sock * 2, sock, 3));
  expect(one.words.at(-1)).toBe('update warning suspected');
  const many = watch();
  for (let sock = 1; sock <= 10; sock++) many.take({ ...fin(sock * 2, sock, 3), raddr: `10.0.1.${sock}` });
  expect(new Set(many.words)).toEqual(new Set(['open info suspected']));
});

it('tail loss probes, two time-outs, and data that is sent again while ESTABLISHED are none', () => {
  const story = watch().take(fin(1, 1, 9, 'tlp'), fin(2, 2, 2), again(3, 3, 7, { what: 'data', state: 'ESTABLISHED' }));
  expect(story.told).toEqual([]);
});
