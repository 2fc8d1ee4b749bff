import { describe, expect, it } from 'vitest';
import { connectFailure } from '../../../src/core/detect/connect-failure.ts';
import { CONNECTION_THRESHOLDS } from '../../../src/core/model/connection-thresholds.ts';
import { attemptAt, probeEventOf } from '../attempts.ts';
import { again, Direct, reported, resetOf, state } from './direct.ts';

const watch = () => new Direct((findings) => connectFailure(findings, CONNECTION_THRESHOLDS['connect-failure']));
const refused = (s: number, sock: number) => [resetOf(s, sock), state(s, sock, 'SYN_SENT', 'CLOSE'), reported(s, sock, 'ECONNREFUSED')];
const connected = (s: number, sock: number) => state(s, sock, 'SYN_SENT', 'ESTABLISHED');

describe('a destination that cannot be connected to', () => {
  it('is found at the third refusal, with who tries, how many and why it is not the network', () => {
    const story = watch();
    for (const n of [1, 2]) story.take(...refused(n, n)).until(n);
    expect(story.told).toEqual([]);
    story.take(...refused(3, 3));
    expect(story.words).toEqual(['open warning confirmed']);
    expect(story.told[0]).toMatchObject({
      summary: '10.0.0.9:443 refuses connections: the host is there and nobody listens; shop[11] tries.',
      subject: { type: 'peer', netns: 7, raddr: '10.0.0.9', rport: 443, pid: 11 },
      evidence: [{ figures: { refused: 3 } }, { figures: { failed: 3, tried: 3, share: 1 } }],
    });
    expect(story.told[0]?.evidence[0]?.seqs).toHaveLength(3);
    expect(story.told[0]?.against[0]?.words).toContain('not the network');
  });

  it.each([
    ['EHOSTUNREACH', 'is unreachable'],
    ['ETIMEDOUT', 'does not answer'],
    ['EACCES', 'may not be asked'],
    ['EPROTO', 'cannot be connected to'],
  ])('is told by its cause: %s', (errno, words) => {
    const story = watch();
    for (const n of [1, 2, 3]) story.take(state(n, n, 'SYN_SENT', 'CLOSE', { dwellUs: 3e5 }), reported(n, n, errno)).until(n);
    expect(story.told.map(({ summary }) => summary)).toEqual([expect.stringContaining(words)]);
  });

  it('is unreachable where it ends within a millisecond without a reset or a report', () => {
    const story = watch();
    for (const n of [1, 2, 3]) story.take(state(n, n, 'SYN_SENT', 'CLOSE', { dwellUs: 200 })).until(n + 0.5);
    expect(story.told[0]?.summary).toContain('is unreachable');
  });

  it('is suspected to be silent at two SYNs that timed out twice, sure at the third time-out, and over once one is answered', () => {
    const story = watch();
    for (const sock of [1, 2]) story.take(again(2, sock, 1), again(3, sock, 2));
    expect(story.words).toEqual(['open warning suspected']);
    story.take(again(4, 1, 3), again(4, 2, 3));
    expect(story.words.at(-1)).toBe('update warning consistent');
    story.take(connected(5, 1), connected(5, 2)).until(11);
    expect(story.told.at(-1)).toMatchObject({ phase: 'resolved', summary: 'Connections come about again.' });
  });

  it('is told of our own probes’ word where no SYN is ever sent, for nothing else can tell it', () => {
    const story = watch();
    const attempt = attemptAt(
      { called: 0, done: 1 },
      { failure: { cause: 'no-route', during: 'connect', code: 'ENETUNREACH', words: 'w' } },
    );
    const made = probeEventOf(attempt);
    for (const ns of [1e9, 2e9, 3e9]) {
      story.take({ ...made, ns, verdict: { ...made.verdict, responder: null, cause: 'no-route' } });
    }
    expect(story.told[0]?.summary).toContain('this machine has no route there');
  });

  it('is over when nobody tries for half a minute, and when its namespace is gone', () => {
    const story = watch();
    for (const n of [1, 2, 3]) story.take(...refused(n, n));
    story.until(32);
    expect(story.told).toHaveLength(1);
    story.until(34);
    expect(story.told.at(-1)).toMatchObject({
      phase: 'resolved',
      summary: 'No attempt failed for 30 s, and none came about: nobody tries.',
    });
    const gone = watch();
    for (const n of [1, 2, 3]) gone.take(...refused(n, n));
    expect(gone.namespaces(7).told).toHaveLength(1);
    expect(gone.namespaces(8).told.at(-1)).toMatchObject({ phase: 'resolved', summary: 'Its network namespace is gone.' });
  });
});

describe('what looks like it', () => {
  it('two refusals at a restart, one SYN lost twice, and a client that changes its mind say nothing', () => {
    const story = watch();
    story.take(...refused(1, 1), ...refused(2, 2), connected(3, 3)).until(4);
    story.take(again(5, 4, 1), again(6, 4, 2), connected(6.1, 4)).until(20);
    // Happy eyeballs: the slower family's attempt is closed after a quarter of a second.
    for (let n = 21; n < 40; n++) story.take(state(n, n, 'SYN_SENT', 'CLOSE', { dwellUs: 250_000 })).until(n + 0.5);
    expect(story.told).toEqual([]);
  });

  it('a third of the attempts refused, one of three addresses behind a name, say nothing', () => {
    const story = watch();
    for (let n = 1; n < 40; n++) story.take(...(n % 3 === 0 ? refused(n, n) : [connected(n, n)])).until(n);
    expect(story.told).toEqual([]);
  });

  it('two lost SYNs beside others that are answered say nothing', () => {
    const story = watch();
    story.take(again(2, 1, 1), again(2, 2, 1), connected(2.5, 9), again(3, 1, 2), again(3, 2, 2)).until(4);
    expect(story.told).toEqual([]);
  });

  it('want of a local port is another’s, and a canary nobody’s', () => {
    const story = watch();
    for (const n of [1, 2, 3, 4]) {
      story.take(
        state(n, n, 'SYN_SENT', 'CLOSE', { lport: 0, dwellUs: 20 }),
        state(n, n + 9, 'SYN_SENT', 'CLOSE', { probe: 'canary', dwellUs: 9 }),
      );
      story.until(n + 0.5);
    }
    expect(story.told).toEqual([]);
  });
});
