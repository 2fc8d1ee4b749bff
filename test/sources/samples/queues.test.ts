import { describe, expect, it } from 'vitest';
import { millisecondsOf, parseInfos, parseQueues } from '../../../src/sources/samples/queues.ts';
import { parseSysctls } from '../../../src/sources/samples/sysctls.ts';

// Lines as iproute2 6.1 prints them for `ss -tnoeHO` and `ss -tanoeiHO`.
const LISTENING = 'LISTEN 2      1      0.0.0.0:9001  0.0.0.0:*    ino:1667 sk:1 cgroup:/ <->';
const ANY6 = 'LISTEN 0      511    *:80  *:*    ino:1668 sk:2 cgroup:/ v6only:0 <->';
const IDLE = 'ESTAB  0      0      127.0.0.1:9000  127.0.1.1:53545 timer:(keepalive,99min,0) ino:58604144 sk:657b29 cgroup:/ <->';
const UNREAD = 'ESTAB  1000   0      127.0.0.1:9000  127.0.1.1:53546 ino:58604145 sk:657b2a cgroup:/ <->';
const UNACCEPTED = 'ESTAB  2      0      127.0.0.1:9001  127.0.0.1:43772 ino:0 sk:656712 cgroup:/ <->';
const BACKING_OFF = 'ESTAB  0      100    [fe80::1%eth0]:40000 [fe80::2]:443 timer:(on,1.650ms,4) uid:33 ino:7 sk:9 cgroup:/ <->';
const MINI = 'FIN-WAIT-2 0 0 10.0.0.1:1 10.0.0.2:2 timer:(timewait,55sec,0) ino:0 sk:3';

describe('queues', () => {
  it('are those of listeners, and of connections that wait; the others are passed over', () => {
    const { listeners, waiting, leftOut } = parseQueues(
      [LISTENING, ANY6, IDLE, UNREAD, UNACCEPTED, BACKING_OFF, MINI, 'nonsense', ''].join('\n'),
    );
    expect(listeners).toEqual([
      { laddr: '0.0.0.0', lport: 9001, waiting: 2, backlog: 1 },
      { laddr: '::', lport: 80, waiting: 0, backlog: 511 },
    ]);
    expect(waiting.map(({ rport, recvQ, sendQ, owned, timer }) => [rport, recvQ, sendQ, owned, timer])).toEqual([
      [53546, 1000, 0, true, null],
      [43772, 2, 0, false, null],
      [443, 0, 100, true, { kind: 'on', ms: 1650, backoff: 4 }],
    ]);
    expect(waiting[2]).toMatchObject({ laddr: 'fe80::1', raddr: 'fe80::2', state: 'ESTABLISHED' });
    expect(leftOut).toBe(0);
  });

  it('tell of 2,000 connections that wait, and count the rest', () => {
    const { waiting, leftOut } = parseQueues(Array.from({ length: 2100 }, () => UNREAD).join('\n'));
    expect([waiting.length, leftOut]).toEqual([2000, 100]);
  });

  it('have struct tcp_info by both ends; what ss leaves out is 0 where it leaves out zeros, else not known', () => {
    const line =
      'ESTAB 0 100 127.0.0.1:1 127.0.0.1:2 timer:(on,1.6sec,3) ino:7 sk:9 <-> ts sack bbr wscale:10,10 rto:3264 backoff:4 rtt:0.023/0.011 ' +
      'unacked:3 retrans:1/5 lost:1 segs_out:9 segs_in:3 lastsnd:1652 lastrcv:20 lastack:30 notsent:40 minrtt:0.02';
    expect(parseInfos(line).get('127.0.0.1 1 127.0.0.1 2')).toEqual({
      ...{ unacked: 3, backoff: 4, retrans: 1, retransTotal: 5, segsIn: 3, segsOut: 9 },
      ...{ lastSndMs: 1652, lastRcvMs: 20, lastAckMs: 30, notSent: 40, rtoMs: 3264, rttMs: 0.023 },
    });
    expect(parseInfos('ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 ino:7').get('127.0.0.1 1 127.0.0.1 2')).toMatchObject({
      backoff: 0,
      segsIn: null,
    });
  });

  it('have timers in every form that ss writes', () => {
    expect(['1min39sec', '55sec', '5.123ms', '123ms', '99min'].map(millisecondsOf)).toEqual([99_000, 55_000, 5123, 123, 5_940_000]);
  });
});

describe('settings', () => {
  it('are named as sysctl names them, with single spaces, and may be empty', () => {
    const text =
      '/proc/sys/net/ipv4/ip_local_port_range:32768\t60999\n/proc/sys/net/ipv4/ip_local_reserved_ports:\n/proc/sys/net/core/somaxconn:4096\n';
    expect(parseSysctls(text)).toEqual({
      'ipv4.ip_local_port_range': '32768 60999',
      'ipv4.ip_local_reserved_ports': '',
      'core.somaxconn': '4096',
    });
  });
});
