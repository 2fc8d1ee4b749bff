import type { DialledInput } from '../../core/model/input.ts';
import type { Failure, LoopStall, ProbeAttempt } from '../../core/model/probe.ts';
import type { ProbeTarget } from '../../core/model/target.ts';
import { nowNs, nowWallUs } from '../clock.ts';
import { Deadline } from './deadline.ts';
import { failureOf, STOPPED, TIMED_OUT } from './fault.ts';
import { Lane } from './lane.ts';
import type { LoopWatch } from './loop-watch.ts';
import type { Pool } from './pool.ts';
import { runOn } from './run.ts';

/** What is around every attempt of this thread. */
export interface Surroundings {
  readonly watch: LoopWatch;
  readonly pool: Pool;
  /** A new socket's both ends are known; its connection is still on its way. */
  onDialled?(dialled: DialledInput): void;
}

export interface AttemptRequest {
  readonly target: ProbeTarget;
  readonly attempt: number;
  readonly reason: ProbeAttempt['reason'];
  readonly requestId: string;
  readonly plannedNs: number;
  readonly timeoutMs: number;
  /** Of this attempt alone: aborted with {@link STOPPED} from outside, with {@link TIMED_OUT} from here. */
  readonly end: AbortController;
}

/**
 * One attempt, from name to closed socket. Never rejects: whatever happens is in the result. Ends within its {@link Deadline} and the half
 * second that closing may take.
 */
export async function makeAttempt(request: AttemptRequest, { watch, pool, onDialled }: Surroundings): Promise<ProbeAttempt> {
  const { target, attempt, reason, requestId, plannedNs, timeoutMs, end } = request;
  const lane = new Lane((ends) =>
    onDialled?.({ type: 'dialled', atNs: nowNs(), target: target.name, attempt, rport: target.port, ...ends }),
  );
  const wallUs = nowWallUs();
  const calledNs = lane.mark('called');
  const loop = watch.at(calledNs);
  const deadline = new Deadline(timeoutMs, () => heldNs(watch.between(calledNs, nowNs())) / 1e6, end);
  let answer: string | null = null;
  let failure: Failure | null = null;
  try {
    answer = await runOn({ target, lane, requestId, signal: end.signal, pool, onAnswered: () => deadline.cancel() });
  } catch (error) {
    failure = explain(error, lane, timeoutMs);
  } finally {
    deadline.cancel();
    lane.mark('done');
  }
  const endNs = nowNs();
  const { moments, addresses, laddr, lport, raddr, bytesSent, bytesReceived, tls, pooled, socket } = lane;
  return {
    ...{ target: target.name, protocol: target.protocol, attempt, reason, requestId, plannedNs, wallUs, timeoutMs, moments },
    loop: { ...loop, stalls: watch.between(calledNs, endNs), gcPauses: watch.pausesBetween(calledNs, endNs) },
    ...{ addresses, laddr, lport, raddr, rport: target.port, bytesSent, bytesReceived, tls, pooled, socket, answer, failure },
  };
}

function heldNs(stalls: readonly LoopStall[]): number {
  return stalls.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
}

function explain(error: unknown, lane: Lane, timeoutMs: number): Failure {
  const { during } = lane;
  if (error === STOPPED) return { cause: 'stopped', during, code: null, words: 'stopped before there was an answer' };
  if (error !== TIMED_OUT) return failureOf(error, during);
  const within = `within ${Math.round(timeoutMs)} ms`;
  switch (during) {
    case 'lookup':
      return { cause: 'dns-slow', during, code: null, words: `the name was not resolved ${within}` };
    case 'connect':
      return { cause: 'silent', during, code: null, words: `no answer to the SYN ${within}` };
    case 'tls':
      return { cause: 'tls-stuck', during, code: null, words: `the TLS handshake did not end ${within}` };
    default:
      if (lane.moments.firstByte === null)
        return { cause: 'no-answer', during, code: null, words: `connected, and not a byte of an answer ${within}` };
      return { cause: 'slow-application', during, code: null, words: `the answer began, and was not whole ${within}` };
  }
}
