import type { Check } from './check.ts';
import { count } from './figures.ts';

/** Queues in which a connection waits while its server looks alive, or dead, and is not. */
export const QUEUE_CHECKS: readonly Check[] = [
  {
    path: 'core/somaxconn',
    default: (netstack) => (netstack.atLeast(5, 4) ? '4096' : '128'),
    judge(value, netstack) {
      const overflows = netstack.counter('TcpExt ListenOverflows');
      const concern =
        `No accept queue holds more than ${count(Number(value))} connections, whatever listen() asked for. A full one drops SYNs and ` +
        `last ACKs: a prober sees a delay of 1 s or more, or no answer, from a living server. ${count(overflows)} such overflows so far.`;
      if (Number(value) < 1024) {
        return {
          concern,
          severity: 'warning',
          advice:
            `From ${value} to 4096, then restart the servers: it is applied at listen(). Cost: a slow server lets more clients wait. ` +
            'Check: `ss -ltn` (Recv-Q beside Send-Q) and `nstat -az TcpExtListenOverflows`.',
        };
      }
      if (overflows === 0) return { concern };
      return {
        concern,
        severity: 'info',
        advice:
          'Find the listener first: in `ss -ltn` its Recv-Q exceeds its Send-Q. Its own backlog is the limit where Send-Q is below ' +
          `${value}: raise that in its configuration. A server too slow to accept() needs more than a longer queue.`,
      };
    },
  },
  {
    path: 'ipv4/tcp_max_syn_backlog',
    default: null,
    judge: (value, netstack) => ({
      concern:
        netstack.text('ipv4/tcp_syncookies') === '0'
          ? `Without SYN cookies, a listener with ${count(Number(value) * 0.75)} handshakes open drops SYNs of peers not seen before.`
          : `${count(Number(value))} handshakes open at one listener: a limit only where tcp_syncookies is 0; here the backlog limits them.`,
    }),
  },
  {
    path: 'ipv4/tcp_syncookies',
    default: '1',
    judge(value, netstack) {
      if (value === '0') {
        return {
          concern: 'A full SYN queue drops handshakes: probes fail while the server is idle but flooded.',
          severity: 'warning',
          advice: 'From 0 to 1. Cost: none until a SYN queue is full. Check: `nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies`.',
        };
      }
      if (value === '2') {
        return {
          concern:
            'Every handshake uses a cookie, without need: window scale and SACK survive only in timestamps, and SYN-ACKs are never repeated.',
          severity: 'warning',
          advice: 'From 2, which is meant for tests, to 1. Cost: none. Check: `nstat -az TcpExtSyncookiesSent` stays as it is.',
        };
      }
      return {
        concern:
          'A full SYN queue answers with cookies, which are not repeated: if the last ACK is lost, the client is ESTABLISHED with nobody. ' +
          `${count(netstack.counter('TcpExt SyncookiesSent'))} sent so far.`,
      };
    },
  },
  {
    path: 'ipv4/tcp_abort_on_overflow',
    default: '0',
    judge: (value) =>
      value === '0'
        ? {
            concern:
              'With a full accept queue the last ACK of a handshake is ignored: the client is ESTABLISHED while the server has no socket ' +
              'for it: alive for a connect probe, dead for a request.',
          }
        : {
            concern: 'With a full accept queue the client gets an RST: a burst that would have passed within a second becomes a failure.',
            severity: 'info',
            advice:
              `From ${value} to 0, unless failing at once is wanted. Cost: overload shows as delay, not as resets. ` +
              'Check: `nstat -az TcpExtListenOverflows TcpOutRsts`.',
          },
  },
  {
    path: 'core/netdev_max_backlog',
    default: '1000',
    judge(value, netstack) {
      const drops = netstack.backlogDrops;
      const concern =
        `${count(Number(value))} packets wait for each CPU, on loopback and veth too; beyond that they are dropped, ` +
        `which TCP sees as loss: ${count(drops)} so far, on this machine.`;
      if (drops === 0) return { concern };
      return {
        concern,
        severity: 'info',
        advice:
          `From ${value} to ${count(Math.max(4000, 4 * Number(value))).replaceAll(',', '')}, if the number still grows. Cost: memory, and delay under ` +
          'load. Check: the second column of /proc/net/softnet_stat (hexadecimal, a line a CPU).',
      };
    },
  },
];
