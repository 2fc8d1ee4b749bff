import type { FastOpenView } from '../../core/model/socket-view.ts';
import type { Reach } from '../../core/model/target.ts';
import { fastOpenOutcome, fastOpenState } from '../sockets/fast-open.ts';
import type { TcpInfo } from '../sockets/tcp-info.ts';
import type { Lane } from './lane.ts';
import type { Pool } from './pool.ts';
import type { ProbeSocket } from './probe-socket.ts';

/**
 * Writes down what the kernel says of an attempt's socket, at the attempt's end and before it is closed.
 *
 * @param target null for a connection that was there before: it was opened for another attempt
 */
export function viewSocket(lane: Lane, socket: ProbeSocket, target: Reach | null, pool: Pool): void {
  const all = socket.info();
  const fastOpen = target?.fastOpen === true ? fastOpenView(lane, socket, all, pool) : null;
  const why = all === null ? `TCP_INFO cannot be read: ${socket.loaded.why ?? 'the socket was never connected'}` : null;
  let info: FastOpenlessInfo | null = null;
  if (all !== null) {
    const { clientFail: _, ...rest } = all;
    info = { ...rest, retransmits: (all.retransmits ?? 0) - lane.retransmitsBefore };
  }
  lane.socket = { options: target === null ? [] : [...socket.options], fastOpen, info, why };
}

type FastOpenlessInfo = Omit<TcpInfo, 'clientFail'>;

function fastOpenView(lane: Lane, socket: ProbeSocket, info: TcpInfo | null, pool: Pool): FastOpenView {
  const option = socket.options.find(({ name }) => name === 'TCP_FASTOPEN_CONNECT');
  const unset = option?.applied === 1 ? null : (option?.why ?? 'not asked for');
  if (unset !== null || info === null) {
    const current = fastOpenState();
    const { setting } = current;
    const forbidden = socket.loaded.calls !== null && setting !== null && (setting & 1) === 0;
    const why = forbidden ? `not set: net.ipv4.tcp_fastopen is ${setting}, which does not allow it to clients` : unset;
    return { outcome: 'not-tried', why: why ?? 'the kernel does not tell what became of it', state: current };
  }
  const address = lane.raddr ?? '';
  let state: FastOpenView['state'] = null;
  const heard = lane.moments.firstByte !== null;
  const signs = { deferred: socket.deferred, info, heard, askedBefore: pool.hasAsked(address) };
  const outcome = fastOpenOutcome(signs, () => {
    state = fastOpenState();
    return state;
  });
  const asked = outcome === 'cookie-asked' || outcome === 'no-cookie';
  if (outcome === 'carried' || (asked && lane.moments.connected !== null)) pool.cookieAsked(address, outcome === 'carried');
  return { outcome, why: null, state: outcome === 'carried' ? null : (state ?? fastOpenState()) };
}
