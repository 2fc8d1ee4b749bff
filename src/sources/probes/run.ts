import type { Socket } from 'node:net';
import type { ProbeProtocol, ProbeTarget } from '../../core/model/target.ts';
import { nowNs } from '../clock.ts';
import { closeDown } from './close.ts';
import { dial } from './connect.ts';
import { TIMED_OUT } from './fault.ts';
import { PROTOCOLS } from './index.ts';
import type { Lane } from './lane.ts';
import { lookUp } from './lookup.ts';
import type { Pool, PooledConnection } from './pool.ts';
import type { ProbeSocket } from './probe-socket.ts';
import type { Protocol } from './protocol.ts';
import { secure } from './secure.ts';
import { Talk } from './talk.ts';
import { viewSocket } from './view-socket.ts';

interface Run {
  readonly target: ProbeTarget;
  readonly lane: Lane;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly pool: Pool;
  /** Called once the answer is there: closing is not on the attempt's time. */
  onAnswered(): void;
}

interface Ends {
  readonly socket: ProbeSocket;
  readonly stream: Socket;
}

/**
 * Everything between name and closed socket; gives the answer in words.
 *
 * @throws what went wrong in whatever layer. No socket is left open but a pooled one.
 */
export async function runOn(run: Run): Promise<string> {
  const { target } = run;
  if (target.protocol === 'heartbeat') return await beat(run, target.idleMs);
  return await onConnection(run, async (ends) => ({ answer: await ask(run, ends, null), keep: false }));
}

/** Opens a connection, uses it, and closes it unless it is to be kept. */
async function onConnection(run: Run, use: (ends: Ends) => Promise<{ readonly answer: string; readonly keep: boolean }>): Promise<string> {
  const { target, lane, signal, pool } = run;
  const address = await lookUp(lane, target, signal);
  const { socket, connected } = dial(lane, address, target, signal);
  let stream: Socket = socket;
  let kept = false;
  let answered = false;
  try {
    await connected;
    if (target.tls !== null) {
      const { startTls, alpn = [] } = protocolOf(target);
      lane.during = 'tls';
      await startTls?.(socket, signal);
      stream = await secure(lane, socket, target.tls, alpn, signal);
    }
    const { answer, keep } = await use({ socket, stream });
    run.onAnswered();
    kept = keep;
    answered = true;
    return answer;
  } finally {
    lane.mark('done');
    viewSocket(lane, socket, target, pool);
    if (!kept) {
      lane.mark('closeCalled');
      await closeDown(stream, socket, answered);
      lane.mark('closed');
    }
  }
}

async function ask(run: Run, ends: Ends, pooled: PooledConnection | null): Promise<string> {
  const { target, lane, requestId, signal } = run;
  try {
    return await protocolOf(target).converse({ ...ends, target, lane, requestId, signal, pooled });
  } finally {
    lane.mark('done');
  }
}

/** Its methods take only the target's own kind, which the list of protocols gives to each. */
function protocolOf(target: ProbeTarget): Protocol<ProbeProtocol> {
  return PROTOCOLS[target.protocol];
}

async function beat(run: Run, idleMs: number): Promise<string> {
  const { target, lane, pool } = run;
  const found = pool.take(target.name, idleMs);
  if (found === null) {
    return await onConnection(run, async (ends) => {
      const openedNs = lane.moments.connected ?? nowNs();
      const fresh = { ...ends, talk: new Talk(ends.stream, lane), openedNs, beat: 0, misses: 0, peerName: null, lastUsedNs: openedNs };
      return { answer: await beatOn(run, fresh, false), keep: true };
    });
  }
  lane.follow(found.socket);
  lane.locate();
  lane.raddr = found.socket.remoteAddress ?? null;
  return await beatOn(run, found, true);
}

async function beatOn(run: Run, connection: PooledConnection, reused: boolean): Promise<string> {
  const { target, lane, pool } = run;
  connection.beat += 1;
  connection.talk.moveTo(lane);
  lane.pooled = { reused, openedNs: connection.openedNs, beat: connection.beat, replaced: pool.replaced(target.name) };
  try {
    const answer = await ask(run, connection, connection);
    pool.answered(target.name, connection);
    return answer;
  } catch (error) {
    if (error === TIMED_OUT && reused) pool.missed(target.name, connection);
    else pool.drop(target.name, error instanceof Error ? error.message : 'the beat failed');
    throw error;
  } finally {
    if (reused) viewSocket(lane, connection.socket, null, pool);
  }
}
