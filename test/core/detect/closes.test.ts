import { describe, expect, it } from 'vitest';
import type { SampledSocket } from '../../../src/core/model/input.ts';
import type { TcpState } from '../../../src/core/model/tcp-state.ts';
import { NETNS } from '../recorded.ts';
import { at, Story, step, told } from './stories.ts';

const LISTENER = { laddr: '0.0.0.0', lport: 8080, raddr: '0.0.0.0', rport: 0, skaddr: 0xbee };
const listens = () => told([step({ from: 'CLOSE', to: 'LISTEN', ns: at(0), ...LISTENER, pid: 77, comm: 'app' })]);
const served = (n: number) => ({ laddr: '10.0.0.1', lport: 8080, raddr: '10.0.0.2', rport: 20_000 + n, skaddr: 0x1000 + n });
const asked = (n: number) => ({ laddr: '10.0.0.1', lport: 20_000 + n, raddr: '10.0.0.9', rport: 443, skaddr: 0x1000 + n });

/** A chain of states at one moment each, in ms after `seconds`. */
function walk(seconds: number, ends: ReturnType<typeof served>, ...states: TcpState[]) {
  return states.slice(1).map((to, n) => step({ from: states[n] ?? 'CLOSE', to, ns: at(seconds) + n * 1e5, ...ends }));
}

/** Connections to the listener whose client has closed. */
function halfClosed(story: Story, seconds: number, from: number, to: number): void {
  const all = Array.from({ length: to - from }, (_, n) =>
    walk(seconds, served(from + n), 'LISTEN', 'SYN_RECV', 'ESTABLISHED', 'CLOSE_WAIT'),
  );
  story.take(told(all.flat())).until(seconds + 0.25);
}

describe('a process that does not close', () => {
  it('is told by its service, five seconds on, as worth knowing; as a warning after a minute; and is over when it closes', () => {
    const story = new Story().take(listens()).until(1);
    halfClosed(story, 1, 0, 6);
    story.until(5.75);
    expect(story.findings('close-wait-leak')).toEqual([]);
    story.until(7);
    const [open] = story.findings('close-wait-leak');
    expect(open).toMatchObject({
      phase: 'open',
      severity: 'info',
      confidence: 'suspected',
      subject: { type: 'service', lport: 8080, pid: 77, socketsTotal: 6 },
    });
    expect(open?.summary).toBe(
      'app[77] does not close 6 connections that 10.0.0.1:8080 accepted, which the far end has closed: they wait in CLOSE_WAIT.',
    );
    expect(open?.evidence[0]?.seqs).toHaveLength(6);
    story.until(63);
    expect(story.findings('close-wait-leak').at(-1)).toMatchObject({ phase: 'update', severity: 'warning', confidence: 'consistent' });
    const closes = Array.from({ length: 6 }, (_, n) => walk(64, served(n), 'CLOSE_WAIT', 'LAST_ACK', 'CLOSE'));
    story.take(told(closes.flat())).until(80);
    expect(story.findings('close-wait-leak').at(-1)).toMatchObject({
      phase: 'resolved',
      summary: '6 were closed; 0 are left in CLOSE_WAIT.',
    });
  });

  it('is critical at a thousand of them, and lists sixteen', () => {
    const story = new Story().take(listens()).until(1);
    halfClosed(story, 1, 0, 1000);
    story.until(65);
    const last = story.findings('close-wait-leak').at(-1);
    expect(last).toMatchObject({ severity: 'critical', subject: { socketsTotal: 1000 } });
    expect(last?.subject.sockets).toHaveLength(16);
  });

  it('is found by a listing, too, where it was there before us, with an age that is a lower bound', () => {
    const sample = (n: number): SampledSocket => ({ ...served(n), state: 'CLOSE_WAIT', pid: 77, comm: 'app', remainingMs: null });
    const sockets = Array.from({ length: 5 }, (_, n) => sample(n));
    const story = new Story().take(listens()).until(1);
    story.take({ type: 'sockets', fromNs: at(1), atNs: at(1.1), netns: NETNS, sockets }).until(9);
    expect(story.findings('close-wait-leak')).toMatchObject([{ phase: 'open', subject: { pid: 77, socketsTotal: 5 } }]);
    // The next listing does not have them any more: nobody told of their end.
    story.take({ type: 'sockets', fromNs: at(9), atNs: at(9.1), netns: NETNS, sockets: [] }).until(20);
    expect(story.findings('close-wait-leak').at(-1)).toMatchObject({ phase: 'resolved' });
  });

  it('is not one that closes within seconds, however many, nor one with four half-closed for good', () => {
    const story = new Story().take(listens()).until(1);
    for (let s = 1; s < 30; s++) {
      halfClosed(story, s, s * 100, s * 100 + 50);
      const closes = Array.from({ length: 50 }, (_, n) => walk(s + 0.5, served(s * 100 + n), 'CLOSE_WAIT', 'LAST_ACK', 'CLOSE'));
      story.take(told(closes.flat())).until(s + 0.75);
    }
    halfClosed(story, 30, 0, 4);
    expect(story.until(120).findings('close-wait-leak')).toEqual([]);
  });
});

describe('a close that does not come to an end', () => {
  it('is found in FIN_WAIT2 that a process holds, by destination, and over when the peer closes', () => {
    const story = new Story().until(1);
    const held = Array.from({ length: 3 }, (_, n) => walk(1, asked(n), 'CLOSE', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2'));
    story.take(told(held.flat())).until(8);
    expect(story.findings('stuck-close')).toMatchObject([
      {
        phase: 'open',
        severity: 'info',
        confidence: 'suspected',
        subject: { type: 'peer', raddr: '10.0.0.9', rport: 443, socketsTotal: 3 },
      },
    ]);
    story.take(told(Array.from({ length: 3 }, (_, n) => walk(9, asked(n), 'FIN_WAIT2', 'CLOSE')).flat())).until(20);
    expect(story.findings('stuck-close').at(-1)).toMatchObject({ phase: 'resolved' });
  });

  it('is not two that are half-closed, nor orphans, which the kernel ends by itself', () => {
    const story = new Story().until(1);
    const two = [0, 1].map((n) => walk(1, asked(n), 'CLOSE', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2'));
    story.take(told(two.flat())).until(2);
    const orphans: SampledSocket[] = [5, 6, 7, 8].map((n) => ({
      ...asked(n),
      state: 'FIN_WAIT2',
      pid: null,
      comm: null,
      remainingMs: 30_000,
    }));
    const alive: SampledSocket[] = [0, 1].map((n) => ({ ...asked(n), state: 'FIN_WAIT2', pid: 1, comm: 'x', remainingMs: null }));
    story.take({ type: 'sockets', fromNs: at(2), atNs: at(2.1), netns: NETNS, sockets: [...orphans, ...alive] }).until(80);
    expect(story.findings('stuck-close')).toEqual([]);
  });
});
