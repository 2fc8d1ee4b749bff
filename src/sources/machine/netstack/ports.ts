import type { Check, Netstack } from './check.ts';
import { count, TIME_WAIT_S } from './figures.ts';

/** Below this many ports the pool runs out at a rate that an ordinary prober or proxy reaches. */
const SMALL_POOL = 16_384;
const WIDE = { low: 10_240, high: 65_535 };

/** TIME_WAIT and the ports it holds. */
export const PORT_CHECKS: readonly Check[] = [
  {
    path: 'ipv4/ip_local_port_range',
    default: '32768 60999',
    judge(value, netstack) {
      const ports = poolOf(netstack);
      const concern =
        `${count(ports)} local ports: with ${TIME_WAIT_S} s of TIME_WAIT after each, one destination (address and port) takes ` +
        `${rate(ports)} new connections a second from one local address, where this host closes first.`;
      if (ports >= SMALL_POOL) return { concern };
      const wide = WIDE.high - WIDE.low + 1;
      return {
        concern,
        severity: 'warning',
        advice:
          `From "${value}" to "${WIDE.low} ${WIDE.high}" (${count(wide)} ports, ${rate(wide)} a second). Cost: a service that listens ` +
          'on a port in that range may find it taken; put such ports into ip_local_reserved_ports first. ' +
          'Check: `ss -tanH state time-wait | wc -l` against the number of ports.',
      };
    },
  },
  {
    path: 'ipv4/ip_local_reserved_ports',
    default: '',
    judge(value, netstack) {
      if (value === '') return { concern: 'No port is kept out of the pool for outgoing connections.' };
      const kept = reservedIn(netstack);
      return { concern: `${count(kept)} ports of the local range are kept out of the pool for outgoing connections.` };
    },
  },
  {
    path: 'ipv4/tcp_tw_reuse',
    default: (netstack) => (netstack.atLeast(4, 19) ? '2' : '0'),
    judge(value, netstack) {
      const delay = `${(netstack.number('ipv4/tcp_tw_reuse_delay') ?? 1000) / 1000} s`;
      if (value === '1') {
        if (netstack.text('ipv4/tcp_timestamps') === '0') {
          return {
            concern: 'It has no effect: TIME_WAIT is only cut short where both ends use timestamps, and tcp_timestamps is 0.',
            severity: 'warning',
            advice:
              'tcp_timestamps from 0 to 1. Cost: 12 bytes a segment. Check: `nstat -az TcpExtTWRecycled` grows when the pool is short.',
          };
        }
        return {
          concern:
            `A port in TIME_WAIT may serve a new outgoing connection to the same destination after ${delay} instead of ` +
            `${TIME_WAIT_S} s, where both ends use timestamps; those alone then keep old segments out.`,
        };
      }
      const concern =
        value === '2'
          ? `Only on loopback may a port in TIME_WAIT serve a new outgoing connection after ${delay}; elsewhere it is held for ${TIME_WAIT_S} s.`
          : `A port in TIME_WAIT is held for ${TIME_WAIT_S} s before a new outgoing connection to the same destination may have it.`;
      const waiting = netstack.counter('TCP tw');
      const ports = poolOf(netstack);
      if (waiting < ports / 2) return { concern };
      return {
        concern: `${concern} ${count(waiting)} sockets are in TIME_WAIT now, beside ${count(ports)} ports.`,
        severity: 'warning',
        advice:
          `Where one destination holds most of them, keep connections open instead of closing first; else from ${value} to 1. Cost: only ` +
          'timestamps (both ends) then keep an old connection’s late segments out of a new one. Check: `nstat -az TcpExtTWRecycled` ' +
          'grows, and connect() no longer fails with EADDRNOTAVAIL.',
      };
    },
  },
  {
    path: 'ipv4/tcp_max_tw_buckets',
    default: null,
    judge(value, netstack) {
      const most = Number(value);
      const waiting = netstack.counter('TCP tw');
      const lost = netstack.counter('TcpExt TCPTimeWaitOverflow');
      const concern =
        `At most ${value === '0' ? 'none' : count(most)} in TIME_WAIT at once (${count(most / TIME_WAIT_S)} closes a second, ` +
        `lasting); ${count(waiting)} now. Beyond that they are destroyed at once, unprotected against late segments: ${count(lost)} so far.`;
      const lowered = most < 4096;
      if (lost === 0 && waiting < most * 0.8 && !lowered) return { concern };
      const to = Math.max(65_536, 2 * most);
      return {
        concern,
        severity: 'warning',
        advice:
          `From ${value} to ${to}. Cost: about 256 bytes of kernel memory for each, ${count((to * 256) / 2 ** 20)} MiB when full. ` +
          'Check: `nstat -az TcpExtTCPTimeWaitOverflow` stays as it is.',
      };
    },
  },
  {
    path: 'ipv4/tcp_fin_timeout',
    default: '60',
    judge: (value) => ({
      concern:
        `An orphaned FIN_WAIT2 (closed here, the peer’s FIN still missing) is dropped after ${value} s. ` +
        `This is not the length of TIME_WAIT, which is always ${TIME_WAIT_S} s: lowering it frees no port held by TIME_WAIT.`,
      severity: value === '60' ? 'ok' : 'info',
    }),
  },
];

function rate(ports: number): string {
  return count(Math.floor(ports / TIME_WAIT_S));
}

function rangeOf(netstack: Netstack): readonly [low: number, high: number] {
  const [low = 0, high = 0] = (netstack.text('ipv4/ip_local_port_range') ?? '32768 60999').split(' ').map(Number);
  return [low, high];
}

/** Ports that the kernel chooses from for a connection: the range without the reserved ones. */
function poolOf(netstack: Netstack): number {
  const [low, high] = rangeOf(netstack);
  return high - low + 1 - reservedIn(netstack);
}

/** `1,2-4,10-10`: how many of these are in the range. The kernel prints them merged and sorted, never twice. */
function reservedIn(netstack: Netstack): number {
  const [low, high] = rangeOf(netstack);
  return (netstack.text('ipv4/ip_local_reserved_ports') ?? '')
    .split(',')
    .filter((part) => part !== '')
    .reduce((sum, part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return sum + Math.max(0, Math.min(last, high) - Math.max(first, low) + 1);
    }, 0);
}
