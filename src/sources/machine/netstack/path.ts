import type { Check, Netstack } from './check.ts';

/** tcp_fastopen's bits (Documentation/networking/ip-sysctl.rst). */
const FAST_OPEN: readonly (readonly [bit: number, meaning: string])[] = [
  [0x1, 'clients may send data in the SYN'],
  [0x2, 'listeners may accept it'],
  [0x4, 'clients send it without a cookie'],
  [0x200, 'listeners accept it without a cookie'],
  [0x400, 'all listeners accept it unasked'],
];

/** How segments and routes are judged on the way. */
export const PATH_CHECKS: readonly Check[] = [
  {
    path: 'ipv4/tcp_timestamps',
    default: '1',
    judge: (value) =>
      value === '0'
        ? {
            concern: 'No timestamps: old segments are not told from new ones (PAWS), and TIME_WAIT can never be cut short by tcp_tw_reuse.',
            severity: 'warning',
            advice: 'From 0 to 1. Cost: 12 bytes a segment. Check: `ss -tin` shows `ts` on new connections.',
          }
        : {
            concern:
              'Timestamps tell old segments from new ones (PAWS). A peer that moved with a clock set back is refused for good: ' +
              `\`nstat -az TcpExtPAWSEstab\` counts it.${value === '2' ? ' Without a random offset they tell this machine’s uptime.' : ''}`,
            severity: value === '2' ? 'info' : 'ok',
          },
  },
  {
    path: 'ipv4/tcp_fastopen',
    default: '1',
    judge(value) {
      const bits = Number(value);
      const meanings = FAST_OPEN.flatMap(([bit, meaning]) => ((bits & bit) !== 0 ? [meaning] : []));
      return {
        concern:
          meanings.length === 0
            ? 'TCP Fast Open is off: connect() returns only after the peer has answered.'
            : `TCP Fast Open: ${meanings.join(', ')}. With TCP_FASTOPEN_CONNECT connect() returns before any packet is sent, so a probe that ` +
              'uses it proves nothing by connecting.',
        severity: (bits & 0x604) === 0 ? 'ok' : 'info',
      };
    },
  },
  {
    path: 'ipv4/tcp_slow_start_after_idle',
    default: '1',
    judge: (value) => ({
      concern:
        value === '0'
          ? 'A kept connection keeps its congestion window while idle: its first long answer comes fast, at the risk of loss.'
          : 'A connection idle for longer than its RTO (200 ms or more) starts slowly again: a long answer on a kept connection takes ' +
            'extra round trips, which a short probe does not see.',
    }),
  },
  {
    path: 'ipv4/tcp_mtu_probing',
    default: '0',
    judge: (value) =>
      value === '0'
        ? {
            concern:
              'Where a router drops large packets silently (ICMP filtered), connecting and short probes work while long answers hang.',
            severity: 'info',
            advice:
              'On tunnels, VPNs and overlays: from 0 to 1. Cost: on a merely lossy path the segment size may shrink for no reason. ' +
              'Check: `nstat -az TcpExtTCPMTUPSuccess TcpExtTCPMTUPFail`.',
          }
        : {
            concern:
              value === '1'
                ? 'A connection that stalls tries smaller segments, so a path that swallows large packets recovers by itself.'
                : 'Every connection starts with tcp_base_mss and probes for more.',
          },
  },
  {
    path: 'ipv4/conf/all/rp_filter',
    default: '0',
    judge(_value, netstack) {
      const strict = interfaces(netstack).filter((name) => effectiveRpFilter(netstack, name) === 1);
      if (strict.length === 0) {
        return { concern: 'No interface insists that a packet come in where its answer would go out: asymmetric routes work.' };
      }
      const concern =
        `Strict on ${listed(strict)} (the larger of \`all\` and the interface’s own counts): a packet that comes in elsewhere than its ` +
        'answer would go out is dropped silently.';
      if (interfaces(netstack).length < 2) return { concern };
      return {
        concern,
        severity: 'info',
        advice:
          'With several interfaces, or addresses that move between them: from 1 to 2 (loose). Cost: a forged source address is refused only ' +
          'where no route leads to it. Check: drops with reason IP_RPFILTER, `nstat -az TcpExtIPReversePathFilter`.',
      };
    },
  },
];

function interfaces(netstack: Netstack): string[] {
  return netstack.list('ipv4/conf').filter((name) => !['all', 'default', 'lo'].includes(name));
}

function effectiveRpFilter(netstack: Netstack, name: string): number {
  return Math.max(netstack.number('ipv4/conf/all/rp_filter') ?? 0, netstack.number(`ipv4/conf/${name}/rp_filter`) ?? 0);
}

/** The first few names; a host of containers has hundreds. */
function listed(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`;
}
