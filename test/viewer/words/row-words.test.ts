import { describe, expect, it } from 'vitest';
import { flags } from '../../../src/formats/words/event-words.ts';
import { anomalyInWords, inWords } from '../../../src/viewer/words/row-words.ts';
import { AT, anEvent, transition } from '../wire.ts';

describe('what happened, in words', () => {
  it.each([
    [transition(1, 'SYN_SENT', 'ESTABLISHED', { dwellUs: 1200 }), 'SYN_SENT → ESTABLISHED after 1.2 ms'],
    [transition(1, 'CLOSE', 'SYN_SENT'), 'CLOSE → SYN_SENT'],
    [anEvent('time-wait'), 'entered TIME_WAIT (inferred)'],
    [anEvent('time-wait', { phase: 'leave', reusedBy: 42 }), 'left TIME_WAIT, taken over by socket 42 (inferred)'],
    [anEvent('time-wait', { inferred: false }), 'entered TIME_WAIT (exact)'],
    [anEvent('retransmit'), 'retransmit syn, rto, back-off 2 while SYN_SENT'],
    [
      anEvent('retransmit', { what: 'data', timer: 'unknown', backoff: 0, state: 'ESTABLISHED', error: 'EBUSY' }),
      'retransmit data, timer unknown, never left: EBUSY while ESTABLISHED',
    ],
    [anEvent('reset', { reason: 'TCP_ABORT_ON_CLOSE' }), 'reset received while ESTABLISHED (TCP_ABORT_ON_CLOSE)'],
    [anEvent('reset', { direction: 'sent', state: null }), 'reset sent, no socket'],
    [anEvent('drop'), 'drop TCP_LISTEN_OVERFLOW: received SYN while LISTEN'],
    [anEvent('socket-error'), 'error ETIMEDOUT reported to the socket'],
    [anEvent('neighbour'), '10.0.0.1 on eth0 moved: link address 02:00:00:00:00:01 → none'],
    [anEvent('gap'), '12 records lost: the kernel’s buffer was full'],
    [anEvent('gap', { cause: 'blind', lost: null }), 'blind for 1.4 s: no bpftrace was running'],
    [
      anEvent('gap', { cause: 'unaccounted', lost: null, shed: 40, what: 'state ESTABLISHED→CLOSE' }),
      'an unknown number of records lost: the kernel counted more than arrived, 40 shed on purpose (state ESTABLISHED→CLOSE)',
    ],
  ])('%#: %o', (event, words) => {
    expect(inWords(event)).toBe(words);
  });

  it('says what this page itself missed, and for how long it was away', () => {
    const row = { kind: 'missed', at: AT, downMs: 3200 } as const;
    expect(inWords({ ...row, cause: 'slow', missed: 4312, downMs: null })).toBe('this page read too slowly and missed 4,312 events');
    expect(inWords({ ...row, cause: 'disconnected', missed: 1 })).toBe(
      'this page was disconnected for 3.2 s; 1 event of any kind happened meanwhile, unseen here',
    );
    expect(inWords({ ...row, cause: 'restarted', missed: null })).toContain('how many events were missed is unknown');
  });

  it('marks what cannot be and what was not seen, and nothing else', () => {
    expect(anomalyInWords(transition(1, 'LISTEN', 'ESTABLISHED', { anomaly: 'impossible' }))).toMatch(/^impossible/);
    expect(anomalyInWords(transition(1, 'ESTABLISHED', 'CLOSE', { anomaly: 'discontinuity' }))).toMatch(/^discontinuity/);
    expect(anomalyInWords(transition(1, 'ESTABLISHED', 'CLOSE'))).toBeNull();
    expect(anomalyInWords(anEvent('gap'))).toBeNull();
  });

  it('makes hostile text from outside visible', () => {
    expect(inWords(anEvent('reset', { reason: '\u001b[31m' }))).toBe('reset received while ESTABLISHED (\\x1b[31m)');
  });

  it('names the header flags', () => {
    expect([flags(2), flags(18), flags(20), flags(0)]).toEqual(['SYN', 'SYN+ACK', 'RST+ACK', 'segment']);
  });
});
