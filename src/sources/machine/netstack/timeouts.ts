import type { Check, Netstack } from './check.ts';
import { duration, handshakeLimit, retransmissionLimit } from './figures.ts';

/** RFC 1122 §4.2.3.5: a connection lives through at least 100 s of silence. */
const RFC_1122_RETRIES = 8;

/** How long a dead peer, or none at all, goes unnoticed. */
export const TIMEOUT_CHECKS: readonly Check[] = [
  {
    path: 'ipv4/tcp_syn_retries',
    default: '6',
    judge(value, netstack) {
      const linear = netstack.number('ipv4/tcp_syn_linear_timeouts') ?? 0;
      const limit = handshakeLimit(Number(value), linear, rtoMax(netstack));
      return {
        concern:
          `A connect() without a limit of its own fails after ${duration(limit)} (${Number(value) + linear} further SYNs). The first ` +
          'further one goes out after 1 s: a probe that waits less takes one lost SYN for a dead peer.',
      };
    },
  },
  {
    path: 'ipv4/tcp_synack_retries',
    default: '5',
    judge: (value, netstack) => ({
      concern:
        `A handshake whose last ACK never comes is kept for ${duration(handshakeLimit(Number(value), 0, rtoMax(netstack)))} ` +
        `(${value} further SYN-ACKs); the client may believe itself connected all that time.`,
    }),
  },
  {
    path: 'ipv4/tcp_retries2',
    default: '15',
    judge(value, netstack) {
      const retries = Number(value);
      const limit = retransmissionLimit(retries, rtoMax(netstack));
      const concern =
        `ESTABLISHED with data on the way to a peer that is gone lasts at least ${duration(limit)} before it fails with ETIMEDOUT, ` +
        'longer where the round-trip time is above 200 ms.';
      if (retries < RFC_1122_RETRIES) {
        return {
          concern,
          severity: 'warning',
          advice:
            `From ${value} to ${RFC_1122_RETRIES} or more: RFC 1122 asks for 100 s at least. Cost: dead peers are noticed later, ` +
            `after ${duration(retransmissionLimit(RFC_1122_RETRIES))}. Check: \`nstat -az TcpExtTCPAbortOnTimeout\` grows more slowly.`,
        };
      }
      if (retries <= RFC_1122_RETRIES + 2) return { concern };
      return {
        concern,
        severity: 'info',
        advice:
          'Where a dead peer must be noticed sooner: TCP_USER_TIMEOUT on the sockets that matter, or for all of them from ' +
          `${value} to ${RFC_1122_RETRIES} (${duration(retransmissionLimit(RFC_1122_RETRIES))}). Cost: an outage longer than that ends ` +
          'connections that would have recovered. Check: `nstat -az TcpExtTCPAbortOnTimeout`.',
      };
    },
  },
  {
    path: 'ipv4/tcp_orphan_retries',
    default: '0',
    judge(value) {
      const retries = Number(value) === 0 ? 8 : Number(value);
      return {
        concern:
          `A connection that was closed here and whose last data or FIN is never acknowledged is kept for at least ` +
          `${duration(retransmissionLimit(retries))} in FIN_WAIT1, CLOSING or LAST_ACK${value === '0' ? ' (0 stands for 8)' : ''}.`,
      };
    },
  },
  {
    path: 'ipv4/tcp_keepalive_time',
    default: '7200',
    judge(value, netstack) {
      const intvl = netstack.number('ipv4/tcp_keepalive_intvl') ?? 75;
      const probes = netstack.number('ipv4/tcp_keepalive_probes') ?? 9;
      const total = Number(value) + intvl * probes;
      const concern =
        `An idle half-open connection is noticed after ${duration(total)} where the application asked for keep-alive (SO_KEEPALIVE), ` +
        'and never where it did not.';
      if (total <= 600) return { concern };
      return {
        concern,
        severity: 'info',
        advice:
          `Where idle connections must be trusted: tcp_keepalive_time from ${value} to 60, tcp_keepalive_intvl from ${intvl} to 10, ` +
          `tcp_keepalive_probes from ${probes} to 6: noticed after 2 min. Cost: a small packet a minute for each idle connection that ` +
          'asked for keep-alive; an outage of 2 min ends it. Check: `ss -tno` shows timer:(keepalive,…).',
      };
    },
  },
  {
    path: 'ipv4/tcp_keepalive_intvl',
    default: '75',
    judge: (value, netstack) => ({
      concern:
        `${value} s between two unanswered keep-alive probes: ` +
        `${duration(Number(value) * (netstack.number('ipv4/tcp_keepalive_probes') ?? 9))} from the first to giving up.`,
    }),
  },
  {
    path: 'ipv4/tcp_keepalive_probes',
    default: '9',
    judge: (value) => ({ concern: `${value} keep-alive probes in a row without an answer end the connection.` }),
  },
];

/** Seconds. */
function rtoMax(netstack: Netstack): number {
  return (netstack.number('ipv4/tcp_rto_max_ms') ?? 120_000) / 1000;
}
