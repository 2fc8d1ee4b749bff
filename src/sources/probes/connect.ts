import type { Reach } from '../../core/model/target.ts';
import { socketCalls } from '../sockets/calls.ts';
import type { Lane } from './lane.ts';
import { ProbeSocket } from './probe-socket.ts';

/** A socket on its way. */
export interface Dialled {
  readonly socket: ProbeSocket;
  readonly connected: Promise<void>;
}

/**
 * Asks for a TCP connection. The socket belongs to the caller from the first moment, so that it can be closed whatever happens;
 * `connected` rejects with the socket's error, or the signal's reason.
 */
export function dial(lane: Lane, address: string, target: Reach, signal: AbortSignal): Dialled {
  lane.during = 'connect';
  lane.raddr = address;
  lane.mark('connectCalled');
  const socket = ProbeSocket.to(address, target, socketCalls());
  lane.follow(socket);
  socket.connect({
    host: address,
    port: target.port,
    autoSelectFamily: false,
    ...(target.source !== null && { localAddress: target.source }),
  });
  // Node makes the system call on the next tick, this runs right behind it: the port is chosen by now, and a refused socket still has it.
  // The file descriptor is there, too: the place to set what Node cannot (TCP_USER_TIMEOUT).
  process.nextTick(() => {
    lane.mark('submitted');
    lane.locateNew();
    socket.submitted();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason);
  socket.once('connect', () => {
    socket.opened();
    // With Fast Open connect() may be over before a single packet was sent.
    if (!socket.deferred) lane.mark('connected');
    lane.locateNew();
    resolve();
  });
  // Stays for the socket's whole life: an error without a listener would end the process.
  socket.on('error', reject);
  signal.addEventListener('abort', onAbort, { once: true });
  const connected = promise.finally(() => signal.removeEventListener('abort', onAbort));
  return { socket, connected };
}
