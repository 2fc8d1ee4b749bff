import { describe, expect, it } from 'vitest';
import type { KernelLane, ProbeAttempt } from '../../src/core/model/probe.ts';
import { probeText } from '../../src/export/probe-text.ts';
import { probeWireOf } from '../../src/formats/probe.ts';
import { attemptAt, laneOf, probeEventOf } from '../core/attempts.ts';

const textOf = (attempt: ProbeAttempt, kernel: KernelLane | null = null): string =>
  probeText(probeWireOf(probeEventOf(attempt, kernel), 'h'));

describe('an attempt for people', () => {
  it('is two lanes in the order of time, and says where the time went', () => {
    const moments = { called: 0, connectCalled: 0.2, submitted: 0.4, connected: 301, done: 301.5, closeCalled: 301.6, closed: 302 };
    const attempt = attemptAt(moments, { wallUs: 1763683200123456 });
    const lane = laneOf({ synSentNs: 1.0003e9, establishedNs: 1.00035e9, finSentNs: 1.3017e9, closedNs: 1.3018e9, timeWaitNs: 1.3018e9 });
    expect(textOf(attempt, lane)).toBe(`tcp://127.0.0.1:80
  attempt 1, 00:00:00.123456 UTC, 127.0.0.1:40000 → 127.0.0.1:80
  alive: connected
  reachable yes (a SYN-ACK came) · responsive yes · serving yes

  application                         kernel
      +0.000 ms  called
      +0.200 ms  connect called
                                          +0.300 ms  SYN_SENT
                                          +0.350 ms  ESTABLISHED
      +0.400 ms  connect() made
    +301.000 ms  connected
    +301.500 ms  done
    +301.600 ms  close called
                                        +301.700 ms  FIN sent
                                        +301.800 ms  CLOSE
                                        +301.800 ms  TIME_WAIT
    +302.000 ms  closed

  connect   301 ms, of it 50 µs in the kernel: drift 301 ms (event loop)
            event loop 301 ms after the kernel · event loop 100 µs before the
              kernel · network 50 µs
  close     400 µs, of it 0 µs in the kernel: drift 400 µs
            event loop 300 µs after the kernel · event loop 100 µs before the
              kernel
  the two lanes’ clocks agree within 50 µs
  event loop last free 1 ms before the call
  0 bytes out, 0 bytes in; timeout 1 s
  target  healthy

`);
  });

  it('says what a timeout may hide, where the own loop was held, and why there is no kernel', () => {
    const failure = { cause: 'no-answer', during: 'answer', code: null, words: 'connected, and not a byte' } as const;
    const loop = { lastFreeNs: 1e9 - 1e6, lagNs: 3e7, stalls: [{ fromNs: 1.1e9, toNs: 1.9e9, busyNs: 7e8 }], gcPauses: [] };
    const text = textOf(attemptAt({ called: 0, connected: 1, done: 1000 }, { failure, loop, answer: null })).replace(/\n +/g, ' ');
    expect(text).toContain('could as well be: event-loop (the probing process itself was too busy to notice); kernel-only (');
    expect(text).toContain('event loop held for 800 ms from +100.000 ms (700 ms of it busy)');
    expect(text).toContain('its next turn 30 ms overdue');
    expect(text).toContain('kernel missing: nobody looked'.replace('kernel ', 'kernel  '));
  });

  it('fits 80 columns, whatever happened', () => {
    const failure = { cause: 'peer-silent', during: 'answer', code: null, words: 'a long explanation of it '.repeat(8) } as const;
    const resent = [1, 2, 3].map((n) => ({ ns: 1e9 + n * 2e8, what: 'data', timer: 'unknown', backoff: n }) as const);
    const tls = {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      subject: 'shop.example',
      issuer: 'R11',
      validTo: '2027',
      fault: null,
    };
    const moments = {
      called: 0,
      lookupStarted: 1,
      lookupEnded: 2,
      connectCalled: 2,
      connected: 3,
      secured: 5,
      firstWrite: 6,
      done: 1_000_000,
    };
    const lane = laneOf({ establishedNs: 1.003e9, resent, dataRetransmits: 3, error: 'ETIMEDOUT', closedNs: 1001e9 });
    const text = textOf(attemptAt(moments, { failure, tls, answer: null }), lane);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('DATA sent again (unknown)');
  });

  it('lets no server write to the terminal', () => {
    expect(textOf(attemptAt({ called: 0, done: 1 }, { answer: 'fine\x1b[31m\r\n' }))).toContain('alive: fine\\x1b[31m\\x0d\\x0a');
  });
});
