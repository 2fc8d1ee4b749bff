import { describe, expect, it } from 'vitest';
import { verdict } from '../../src/core/correlate/verdict.ts';
import type { ProbeAttempt } from '../../src/core/model/probe.ts';
import { probeText } from '../../src/export/probe-text.ts';
import { probeWireOf } from '../../src/formats/probe.ts';
import { attemptAt } from '../core/attempts.ts';

const textOf = (attempt: ProbeAttempt): string => probeText(probeWireOf(attempt, verdict(attempt, null), 'here'), 'target  healthy');

describe('an attempt for people', () => {
  it('is a table of its moments, and says that the kernel’s side is not there', () => {
    const attempt = attemptAt({ called: 0, connectCalled: 0.2, submitted: 0.3, connected: 0.45, done: 0.5 }, { wallUs: 1763683200123456 });
    expect(textOf(attempt)).toBe(`tcp://127.0.0.1:80  attempt 1, 00:00:00.123456 UTC, 127.0.0.1:40000 → 127.0.0.1:80
  alive: connected
  reachable yes (a SYN-ACK came) · responsive yes · serving yes

      +0.000 ms  called          event loop last free 1 ms before
      +0.200 ms  connect called  200 µs later
      +0.300 ms  connect() made  100 µs later
      +0.450 ms  connected       150 µs later
      +0.500 ms  done            50 µs later, 0 bytes out, 0 bytes in; timeout 1 s
  kernel  not joined: this is the application’s side alone
  target  healthy

`);
  });

  it('says what a timeout may hide, and where the own loop was held', () => {
    const failure = { cause: 'no-answer', during: 'answer', code: null, words: 'connected, and not a byte' } as const;
    const loop = { lastFreeNs: 1e9 - 1e6, lagNs: 3e7, stalls: [{ fromNs: 1.1e9, toNs: 1.9e9, busyNs: 7e8 }], gcPauses: [] };
    const text = textOf(attemptAt({ called: 0, connected: 1, done: 1000 }, { failure, loop, answer: null }));
    expect(text).toContain('could as well be: event-loop (the probing process itself was too busy to notice); kernel-only (');
    expect(text).toContain('event loop held for 800 ms from +100.000 ms (700 ms of it busy)');
    expect(text).toContain('its next turn 30 ms overdue');
  });

  it('lets no server write to the terminal', () => {
    expect(textOf(attemptAt({ called: 0, done: 1 }, { answer: 'fine\x1b[31m\r\n' }))).toContain('alive: fine\\x1b[31m\\x0d\\x0a');
  });
});
