import type { Check } from './check.ts';
import { count, duration, TIME_WAIT_S } from './figures.ts';

/** Connection tracking: a second opinion on every connection, with a table and time limits of its own. */
export const CONNTRACK_CHECKS: readonly Check[] = [
  {
    path: 'netfilter/nf_conntrack_max',
    default: null,
    judge(value, netstack) {
      const most = Number(value);
      const now = netstack.number('netfilter/nf_conntrack_count') ?? 0;
      const share = most === 0 ? 0 : now / most;
      const concern =
        `${count(now)} of ${count(most)} tracked connections (${Math.round(share * 100)} %). A full table drops every new connection's ` +
        'packets: probes fail and nothing else is wrong.';
      if (share < 0.8) return { concern };
      return {
        concern,
        severity: 'warning',
        advice:
          `From ${value} to ${2 * most}. Cost: about 256 bytes for each when full (${count((2 * most * 256) / 2 ** 20)} MiB in all). Check: ` +
          '`cat /proc/sys/net/netfilter/nf_conntrack_count`; "table full, dropping packet" in the kernel log.',
      };
    },
  },
  {
    path: 'netfilter/nf_conntrack_count',
    default: null,
    judge: (value) => ({ concern: `${count(Number(value))} connections are tracked in this network namespace now.` }),
  },
  {
    path: 'netfilter/nf_conntrack_tcp_timeout_established',
    default: '432000',
    judge(value, netstack) {
      const idle = Number(value);
      const keepalive = netstack.number('ipv4/tcp_keepalive_time') ?? 7200;
      const concern = `A connection idle for ${duration(idle)} is forgotten by connection tracking, though both ends are ESTABLISHED.`;
      if (idle > keepalive) return { concern };
      return {
        concern: `${concern} The first keep-alive comes only after ${duration(keepalive)}: behind NAT it is half-open by then.`,
        severity: 'warning',
        advice:
          `tcp_keepalive_time from ${keepalive} to ${Math.max(1, Math.floor(idle / 2))}, or this from ${value} to ${2 * keepalive}. Cost: more keep-alive ` +
          'packets, or more remembered connections. Check: `conntrack -L -p tcp --state ESTABLISHED`.',
      };
    },
  },
  {
    path: 'netfilter/nf_conntrack_tcp_timeout_syn_sent',
    default: '120',
    judge: (value) => ({ concern: `An unanswered connect() holds a place in the table for ${value} s: probes of dead targets fill it.` }),
  },
  {
    path: 'netfilter/nf_conntrack_tcp_timeout_close_wait',
    default: '60',
    judge: (value) => ({
      concern: `A half-closed connection that is silent for ${value} s in CLOSE_WAIT is forgotten; behind NAT, what is sent later is lost.`,
    }),
  },
  {
    path: 'netfilter/nf_conntrack_tcp_timeout_fin_wait',
    default: '120',
    judge: (value) => ({ concern: `After the first FIN, ${value} s without the peer's are remembered.` }),
  },
  {
    path: 'netfilter/nf_conntrack_tcp_timeout_time_wait',
    default: '120',
    judge: (value) =>
      Number(value) >= TIME_WAIT_S
        ? { concern: `A closed connection is remembered for ${value} s, no shorter than TIME_WAIT's ${TIME_WAIT_S} s.` }
        : {
            concern:
              `A closed connection is remembered for ${value} s, shorter than TIME_WAIT's ${TIME_WAIT_S} s: behind NAT its port may be given ` +
              'to another while the peer still holds it.',
            severity: 'info',
            advice: `From ${value} to 120. Cost: closed connections hold their place in the table longer. Check: nf_conntrack_count below nf_conntrack_max.`,
          },
  },
];
