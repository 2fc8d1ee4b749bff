import { describe, expect, it } from 'vitest';
import { TwoEnds } from './two-ends.ts';

const twice = ['--count', '2', '--every', '20ms', '--fast-open'];

/** A SYN is 60 bytes long without Fast Open, 64 where it asks for a cookie, more where it carries one and data. */
const SYN_WITH_DATA = 'tcp flags & (syn|ack) == syn meta length > 70';

// Each has its own two ends, and most of its time is waiting.
describe.concurrent('Fast Open', { timeout: 120_000 }, () => {
  it('asks for a cookie first, and then really carries the request in the SYN: the server says so', async () => {
    await using ends = await TwoEnds.open();
    const attempts = await ends.probe([`redis://${ends.server}`, ...twice]);
    expect(attempts.map(({ alive, socket }) => [alive, socket?.fastOpen?.outcome])).toEqual([
      [true, 'cookie-asked'],
      [true, 'carried'],
    ]);
    expect(ends.said.slice(1)).toEqual(['later', 'syn']);
    const [asked, carried] = attempts;
    expect(asked?.phases.connected).not.toBe(null);
    // connect() came back before a packet was sent: nobody knows when the connection was there, and nobody says so.
    expect(carried).toMatchObject({ phases: { connected: null }, responder: 'syn-ack', stages: { reachable: true, responsive: true } });
    expect(carried?.socket?.info?.options).toContain('syn-data');
    expect(carried?.socket?.options).toEqual([{ name: 'TCP_FASTOPEN_CONNECT', asked: 1, applied: 1, why: null }]);
  });

  it('also carries what opens TLS, HTTP and a heartbeat, whose later beats are on a connection that was there', async () => {
    await using ends = await TwoEnds.open();
    await ends.probe([`redis://${ends.server}`, '--fast-open']);
    for (const protocol of ['https', 'http', 'postgres', 'grpc']) {
      const [attempt] = await ends.probe([
        `${protocol}://${ends.server}${protocol === 'postgres' ? '/x' : ''}`,
        '--fast-open',
        '--timeout',
        '1s',
      ]);
      expect([protocol, attempt?.socket?.fastOpen?.outcome]).toEqual([protocol, 'carried']);
    }
    const beats = await ends.probe([`heartbeat://${ends.server}`, ...twice]);
    expect(beats.map(({ words, socket }) => [words, socket?.fastOpen?.outcome])).toEqual([
      ['PONG 1', 'carried'],
      ['PONG 2', undefined],
    ]);
  });

  it('says that a server gives no cookie, however often it is asked', async () => {
    await using ends = await TwoEnds.open();
    ends.there.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen=1');
    const attempts = await ends.probe([`redis://${ends.server}`, ...twice]);
    expect(attempts.map(({ alive, socket }) => [alive, socket?.fastOpen?.outcome])).toEqual([
      [true, 'cookie-asked'],
      [true, 'no-cookie'],
    ]);
    expect(ends.said.slice(1)).toEqual(['later', 'later']);
  });

  it('tells a middlebox that swallows SYNs with data by the fallback that it costs', async () => {
    await using ends = await TwoEnds.open();
    await ends.probe([`redis://${ends.server}`, '--fast-open']);
    ends.drop(SYN_WITH_DATA);
    const [attempt] = await ends.probe([`redis://${ends.server}`, '--fast-open']);
    expect(attempt).toMatchObject({ alive: true, words: 'PONG', socket: { fastOpen: { outcome: 'syn-lost', state: { activeFail: 1 } } } });
    expect(attempt?.phases.done).toBeGreaterThan(900_000);
    expect(attempt?.socket?.info?.retransmits).toBeGreaterThan(0);
    expect(ends.said.at(-1)).toBe('later');
  });

  it('is no connection where nobody answers, though connect() said that it was; and the kernel then holds it back', async () => {
    await using ends = await TwoEnds.open();
    ends.here.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen_blackhole_timeout_sec=3600');
    await ends.probe([`redis://${ends.server}`, '--fast-open']);
    ends.drop('tcp flags & (syn|ack) == syn');
    const [silent] = await ends.probe([`redis://${ends.server}`, '--fast-open', '--timeout', '300ms']);
    expect(silent).toMatchObject({ alive: false, cause: 'silent', responder: 'nobody', socket: { fastOpen: { outcome: 'unanswered' } } });
    // A user timeout that ends the handshake counts as a black hole (tcp_fastopen_active_detect_blackhole()).
    const [ended] = await ends.probe([`redis://${ends.server}`, '--fast-open', '--timeout', '8s', '--user-timeout', '1500ms']);
    expect(ended).toMatchObject({ cause: 'silent', code: 'ETIMEDOUT' });
    ends.dropNothing();
    const again = ['--count', '2', '--every', '2s', '--fast-open'];
    const [held, later] = await ends.probe([`redis://${ends.server}`, ...again], ({ attempt }) => {
      if (attempt > 1) return;
      ends.here.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen_blackhole_timeout_sec=0');
      ends.here.run('ip', 'tcp_metrics', 'flush');
    });
    expect(held).toMatchObject({
      alive: true,
      socket: { fastOpen: { outcome: 'held-back', state: { blackhole: 1, blackholeTimeoutS: 3600 } } },
    });
    // While it was held back nothing was asked for, so nobody refused a cookie.
    expect(later?.socket?.fastOpen?.outcome).toBe('cookie-asked');
  });

  it('knows a refusal where the SYN carried the request', async () => {
    await using ends = await TwoEnds.open();
    await ends.probe([`redis://${ends.server}`, '--fast-open']);
    const [refused] = await ends.probe([`redis://${ends.server.split(':')[0]}:1`, '--fast-open']);
    expect(refused).toMatchObject({ cause: 'refused', responder: 'rst', stages: { reachable: true, responsive: false } });
    expect(refused?.socket).toMatchObject({ fastOpen: { outcome: 'unanswered' }, info: { state: 'CLOSE', segsOut: 1, segsIn: 1 } });
  });

  it('is not tried where the namespace does not allow it, and the probe works', async () => {
    await using ends = await TwoEnds.open();
    ends.here.run('sysctl', '-qw', 'net.ipv4.tcp_fastopen=0');
    const [attempt] = await ends.probe([`redis://${ends.server}`, '--fast-open']);
    expect(attempt).toMatchObject({
      alive: true,
      socket: {
        fastOpen: {
          outcome: 'not-tried',
          why: 'not set: net.ipv4.tcp_fastopen is 0, which does not allow it to clients',
          state: { setting: 0 },
        },
      },
    });
  });
});
