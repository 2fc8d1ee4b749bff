import type { Sock } from '../track/sock.ts';
import type { SocketTable } from '../track/sockets.ts';

/** The tracked listener that answers at this address: one bound to it, or to all addresses. Null where none is known. */
export function listenerAt(sockets: SocketTable, netns: number | null, laddr: string, lport: number): Sock | null {
  const own = laddr.includes(':') ? '::' : '0.0.0.0';
  // A listener for all IPv6 addresses mostly takes IPv4 too.
  for (const [address, peer] of [
    [laddr, own],
    [own, own],
    ['::', '::'],
  ] as const) {
    const sock = sockets.of(netns, { laddr: address, lport, raddr: peer, rport: 0 });
    if (sock !== null && sock.state === 'LISTEN') return sock;
  }
  return null;
}
