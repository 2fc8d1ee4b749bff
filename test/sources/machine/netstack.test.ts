import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NetstackView } from '../../../src/formats/netstack.ts';
import { duration, handshakeLimit, retransmissionLimit } from '../../../src/sources/machine/netstack/figures.ts';
import { auditNetstack, NETSTACK_CHECKS } from '../../../src/sources/machine/netstack.ts';
import { MachineFolder } from './machines.ts';
import { audit, setting } from './netstack-machine.ts';

describe('the figures', () => {
  it('are those of the kernel’s documentation', () => {
    // ip-sysctl.rst: tcp_retries2 15 is 924.6 s; 8 is the least for RFC 1122's 100 s.
    expect(retransmissionLimit(15)).toBeCloseTo(924.6, 6);
    expect(retransmissionLimit(8)).toBeCloseTo(102.2, 6);
    expect(retransmissionLimit(7)).toBeLessThan(100);
    // tcp_syn_retries 6 is 127 s, with four linear time-outs before (Linux 6.5) 131 s; tcp_synack_retries 5 is 63 s.
    expect(handshakeLimit(6)).toBe(127);
    expect(handshakeLimit(6, 4)).toBe(131);
    expect(handshakeLimit(5)).toBe(63);
  });

  it('respect the longest retransmission timer', () => {
    expect(handshakeLimit(8)).toBe(1 + 2 + 4 + 8 + 16 + 32 + 64 + 120 + 120);
    // tcp_rto_max_ms 1000: after 0.2, 0.4 and 0.8 s one every second.
    expect(retransmissionLimit(15, 1)).toBeCloseTo((2 ** 3 - 1) * 0.2 + 13, 6);
  });

  it('are written for people', () => {
    expect([duration(0.2), duration(59.96), duration(63), duration(924.6), duration(7875), duration(432_000)]).toEqual([
      '0.2 s',
      '60 s',
      '1 min 3 s',
      '15 min 25 s',
      '2 h 11 min 15 s',
      '5 d',
    ]);
  });
});

describe('an untouched machine', () => {
  it('fits the schema, has every setting once and nothing to warn of', () => {
    const view = audit();
    expect(NetstackView.parse(view)).toEqual(view);
    expect(new Set(view.map((one) => one.setting)).size).toBe(NETSTACK_CHECKS.length);
    expect(view.filter((one) => one.severity === 'warning')).toEqual([]);
    for (const one of view) if (one.default !== null) expect(one.value, one.setting).toBe(one.default);
  });

  it('lacks what its kernel lacks', () => {
    using machine = new MachineFolder({ '/proc/sys/net/ipv4/tcp_syn_retries': '6\n' });
    expect(auditNetstack(machine.root).map((one) => one.setting)).toEqual(['net.ipv4.tcp_syn_retries']);
  });

  it('is compared with the defaults of its own kernel', () => {
    expect(setting('net.core.somaxconn', {}, { release: '5.3.0' }).default).toBe('128');
    expect(setting('net.ipv4.tcp_tw_reuse', {}, { release: '4.18.0' }).default).toBe('0');
  });
});

describe('ports and TIME_WAIT', () => {
  it('say how many connections a second one destination takes', () => {
    expect(setting('net.ipv4.ip_local_port_range').concern).toMatch(/28,232 local ports.* 470 new connections a second/);
  });

  it('warn of a pool that a prober empties, with what a wider one would take', () => {
    const small = setting('net.ipv4.ip_local_port_range', { 'ipv4/ip_local_port_range': '50000\t51199\n' });
    expect(small).toMatchObject({ value: '50000 51199', severity: 'warning' });
    expect(small.concern).toContain('takes 20 new connections');
    expect(small.advice).toContain('55,296 ports, 921 a second');
  });

  it('count reserved ports only where they are in the range', () => {
    const changed = { 'ipv4/ip_local_reserved_ports': '80,32000-32777,40000,60999-62000\n' };
    expect(setting('net.ipv4.ip_local_reserved_ports', changed).concern).toMatch(/^12 ports/);
    expect(setting('net.ipv4.ip_local_port_range', changed).concern).toMatch(/^28,220 local ports/);
  });

  it('advise reuse only where half of the ports are waiting', () => {
    expect(setting('net.ipv4.tcp_tw_reuse', {}, { timeWait: 14_115 }).advice).toBeNull();
    const busy = setting('net.ipv4.tcp_tw_reuse', {}, { timeWait: 14_116 });
    expect(busy.severity).toBe('warning');
    expect(busy.advice).toContain('from 2 to 1');
  });

  it('know that reuse needs timestamps', () => {
    expect(setting('net.ipv4.tcp_tw_reuse', { 'ipv4/tcp_tw_reuse': '1\n' })).toMatchObject({ severity: 'ok', advice: null });
    const without = setting('net.ipv4.tcp_tw_reuse', { 'ipv4/tcp_tw_reuse': '1\n', 'ipv4/tcp_timestamps': '0\n' });
    expect(without).toMatchObject({ severity: 'warning', concern: expect.stringContaining('no effect') });
  });

  it('warn where sockets were refused their TIME_WAIT', () => {
    expect(setting('net.ipv4.tcp_max_tw_buckets').severity).toBe('ok');
    const lost = setting(
      'net.ipv4.tcp_max_tw_buckets',
      { 'ipv4/tcp_max_tw_buckets': '60000\n' },
      { counters: { TCPTimeWaitOverflow: 90 } },
    );
    expect(lost).toMatchObject({ severity: 'warning', concern: expect.stringContaining('90 so far') });
    expect(lost.advice).toContain('From 60000 to 120000');
    expect(setting('net.ipv4.tcp_max_tw_buckets', { 'ipv4/tcp_max_tw_buckets': '100\n' }).severity).toBe('warning');
  });

  it('do not take tcp_fin_timeout for the length of TIME_WAIT', () => {
    const lowered = setting('net.ipv4.tcp_fin_timeout', { 'ipv4/tcp_fin_timeout': '10\n' });
    expect(lowered).toMatchObject({ severity: 'info', concern: expect.stringMatching(/after 10 s\. .*not the length of TIME_WAIT.*60 s/) });
  });
});

describe('time limits', () => {
  it('count linear SYN time-outs where the kernel has them', () => {
    expect(setting('net.ipv4.tcp_syn_retries').concern).toContain('after 2 min 7 s (6 further SYNs)');
    expect(setting('net.ipv4.tcp_syn_retries', { 'ipv4/tcp_syn_linear_timeouts': '4\n' }).concern).toContain(
      'after 2 min 11 s (10 further SYNs)',
    );
  });

  it('warn below RFC 1122’s 100 s, suggest less above', () => {
    expect(setting('net.ipv4.tcp_retries2', { 'ipv4/tcp_retries2': '5\n' })).toMatchObject({
      severity: 'warning',
      concern: expect.stringContaining('at least 12.6 s'),
    });
    expect(setting('net.ipv4.tcp_retries2', { 'ipv4/tcp_retries2': '8\n' })).toMatchObject({ severity: 'ok', advice: null });
    expect(setting('net.ipv4.tcp_retries2').advice).toContain('from 15 to 8 (1 min 42 s)');
  });

  it('read 0 orphan retries as 8', () => {
    expect(setting('net.ipv4.tcp_orphan_retries').concern).toContain('1 min 42 s');
    expect(setting('net.ipv4.tcp_orphan_retries', { 'ipv4/tcp_orphan_retries': '2\n' }).concern).toContain('1.4 s');
  });

  it('add up keep-alive, and leave a quick one alone', () => {
    expect(setting('net.ipv4.tcp_keepalive_time').concern).toContain('2 h 11 min 15 s');
    const quick = { 'ipv4/tcp_keepalive_time': '60\n', 'ipv4/tcp_keepalive_intvl': '10\n', 'ipv4/tcp_keepalive_probes': '6\n' };
    expect(setting('net.ipv4.tcp_keepalive_time', quick)).toMatchObject({ advice: null, concern: expect.stringContaining('2 min') });
  });
});

describe('queues', () => {
  it('warn of a short accept queue and name its overflows', () => {
    const short = setting('net.core.somaxconn', { 'core/somaxconn': '128\n' }, { counters: { ListenOverflows: 1234 } });
    expect(short).toMatchObject({ severity: 'warning', concern: expect.stringContaining('1,234 such overflows') });
    expect(setting('net.core.somaxconn', {}, { counters: { ListenOverflows: 1 } }).severity).toBe('info');
  });

  it('add the drops of all CPUs, which are hexadecimal', () => {
    const softnet = '0000ffff 0000000a 00000000\n0000ffff 00000010 00000000\n';
    const { concern, advice } = setting('net.core.netdev_max_backlog', {}, { softnet });
    expect(concern).toContain('26 so far');
    expect(advice).toContain('From 1000 to 4000');
  });

  it('say when the SYN backlog matters', () => {
    expect(setting('net.ipv4.tcp_max_syn_backlog').concern).toContain('a limit only where tcp_syncookies is 0');
    expect(setting('net.ipv4.tcp_max_syn_backlog', { 'ipv4/tcp_syncookies': '0\n' }).concern).toContain('1,536 handshakes');
    expect(['0\n', '1\n', '2\n'].map((value) => setting('net.ipv4.tcp_syncookies', { 'ipv4/tcp_syncookies': value }).severity)).toEqual([
      'warning',
      'ok',
      'warning',
    ]);
  });
});

describe('the path', () => {
  it('takes the larger of `all` and the interface’s own reverse path filter', () => {
    expect(setting('net.ipv4.conf.all.rp_filter').concern).toContain('No interface');
    const strict = setting('net.ipv4.conf.all.rp_filter', { 'ipv4/conf/eth1/rp_filter': '1\n' });
    expect(strict).toMatchObject({ severity: 'info', concern: expect.stringContaining('Strict on eth1') });
    const loose = { 'ipv4/conf/all/rp_filter': '2\n', 'ipv4/conf/eth1/rp_filter': '1\n' };
    expect(setting('net.ipv4.conf.all.rp_filter', loose).concern).toContain('No interface');
  });

  it('reads the bits of Fast Open', () => {
    expect(setting('net.ipv4.tcp_fastopen', { 'ipv4/tcp_fastopen': '0\n' }).concern).toContain('is off');
    const all = setting('net.ipv4.tcp_fastopen', { 'ipv4/tcp_fastopen': '1031\n' });
    expect(all).toMatchObject({
      severity: 'info',
      concern: expect.stringMatching(/in the SYN, listeners may accept it, .*without a cookie, all listeners/),
    });
  });
});

describe('connection tracking', () => {
  it('warns of a table that is nearly full', () => {
    const full = setting('net.netfilter.nf_conntrack_max', {
      'netfilter/nf_conntrack_max': '1000\n',
      'netfilter/nf_conntrack_count': '800\n',
    });
    expect(full).toMatchObject({
      severity: 'warning',
      concern: expect.stringContaining('80 %'),
      advice: expect.stringContaining('to 2000'),
    });
  });

  it('warns where it forgets idle connections before their first keep-alive', () => {
    const short = { 'netfilter/nf_conntrack_tcp_timeout_established': '3600\n' };
    const { severity, concern, advice } = setting('net.netfilter.nf_conntrack_tcp_timeout_established', short);
    expect([severity, concern]).toEqual(['warning', expect.stringContaining('idle for 1 h')]);
    expect(advice).toContain('tcp_keepalive_time from 7200 to 1800, or this from 3600 to 14400');
  });
});

describe('advice', () => {
  /** Values that call for advice, as many as there are. */
  const bad = audit(
    {
      'ipv4/ip_local_port_range': '50000 50999',
      'ipv4/tcp_timestamps': '0',
      'ipv4/tcp_syncookies': '0',
      'ipv4/tcp_abort_on_overflow': '1',
      'core/somaxconn': '128',
      'ipv4/conf/all/rp_filter': '1',
      'netfilter/nf_conntrack_max': '12',
      'netfilter/nf_conntrack_tcp_timeout_established': '60',
      'netfilter/nf_conntrack_tcp_timeout_time_wait': '30',
    },
    { timeWait: 900, counters: { TCPTimeWaitOverflow: 1 }, softnet: '1 1 1\n' },
  ).flatMap(({ advice }) => advice ?? []);

  it('says what it costs and how to check', () => {
    expect(bad.length).toBeGreaterThan(12);
    for (const advice of bad) expect(advice).toMatch(/Cost: .+Check: /s);
  });

  it('names only counters that this kernel has', () => {
    const counters = new Set(
      ['snmp', 'netstat'].flatMap((file) =>
        readFileSync(`/proc/net/${file}`, 'utf8')
          .split('\n')
          .flatMap((line) => {
            const [label = '', ...names] = line.split(' ');
            return names.map((name) => label.replace(':', '') + name);
          }),
      ),
    );
    const text = [...bad, ...audit().flatMap(({ concern, advice }) => [concern, advice ?? ''])].join(' ');
    const named = [...text.matchAll(/\b(?:TcpExt|Tcp|IpExt)[A-Z]\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(counters.has(name), name).toBe(true);
  });
});

it('reads this machine’s values as sysctl does', () => {
  const view = auditNetstack();
  expect(view.length).toBeGreaterThan(20);
  for (const { setting: name, value } of view) {
    if (name.endsWith('_count')) continue;
    const said = execFileSync('cat', [`/proc/sys/${name.replaceAll('.', '/')}`], { encoding: 'utf8' });
    expect(value, name).toBe(said.trim().replace(/\s+/g, ' '));
  }
});
