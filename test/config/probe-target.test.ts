import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';
import { ProbeSettings, type ProbeSettingsIn } from '../../src/config/probe-settings.ts';
import { parseTarget } from '../../src/config/probe-target.ts';
import { describeSettings } from '../../src/config/setting.ts';
import { SynopticError } from '../../src/core/model/errors.ts';

function refusal(text: string, given: ProbeSettingsIn = {}): SynopticError {
  try {
    parseTarget(text, given);
  } catch (error) {
    if (error instanceof SynopticError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('a target', () => {
  it('is host, port and protocol of its URL', () => {
    expect(parseTarget('tcp://10.0.0.7:443', {})).toMatchObject({ protocol: 'tcp', host: '10.0.0.7', port: 443, tls: null });
    expect(parseTarget('tcp://[2001:db8::7]:443', {})).toMatchObject({ host: '2001:db8::7', port: 443, name: 'tcp://[2001:db8::7]:443' });
    expect(parseTarget('grpcs://pay.example/shop.v1.Checkout', {})).toMatchObject({
      protocol: 'grpc',
      port: 443,
      service: 'shop.v1.Checkout',
    });
  });

  it('keeps a port that a browser would drop', () => {
    expect(parseTarget('http://host:80/a?b=c', {})).toMatchObject({ port: 80, path: '/a?b=c', name: 'http://host:80/a?b=c' });
  });

  it('has the port of its scheme where none is written, if there is one', () => {
    expect(parseTarget('https://host', {}).port).toBe(443);
    expect(parseTarget('redis://host', {}).port).toBe(6379);
    expect(refusal('tcp://host')).toMatchObject({ code: 'TARGET_SYNTAX', message: '"tcp://host" has no port' });
  });

  it('expects the certificate of its host, or of whom it is told', () => {
    expect(parseTarget('https://10.0.0.7/', {}).tls?.servername).toBe('10.0.0.7');
    expect(parseTarget('https://10.0.0.7/', { servername: 'shop.example', verify: false }).tls).toEqual({
      servername: 'shop.example',
      verify: false,
      ca: null,
    });
  });

  it('is called without its password, everywhere', () => {
    const target = parseTarget('postgres://ann:s%40cret@db/shop', {});
    expect(target).toMatchObject({ user: 'ann', password: 's@cret', database: 'shop', name: 'postgres://ann@db/shop' });
    expect(refusal('postgres://ann:s@cret@db:0/').text).not.toContain('cret');
    expect(refusal('postgres://ann:secret@db/?sslmode=maybe').text).not.toContain('secret');
  });

  it('takes libpq’s sslmode: require believes any certificate, verify-full does not', () => {
    expect(parseTarget('postgres://db', {}).tls).toBe(null);
    expect(parseTarget('postgres://db?sslmode=require', {}).tls?.verify).toBe(false);
    expect(parseTarget('postgres://db?sslmode=verify-full', {}).tls?.verify).toBe(true);
  });

  it('is refused with what is known where its scheme is not', () => {
    expect(refusal('htps://host').message).toBe('nothing here speaks htps. Did you mean https?');
    expect(refusal('10.0.0.7:80')).toMatchObject({ code: 'TARGET_SYNTAX', message: '"10.0.0.7:80" is no URL' });
    expect(refusal('ftp://h').expected).toContain('postgres');
  });

  it.each([
    'tcp://:80',
    'tcp://host:99999',
    'tcp://host:-1',
    'tcp://host:0',
    'tcp://[::1',
    'tcp://300.1.1.1:80',
    'tcp://ho st:80',
    'tcp://host:80/path',
    'tcp://user@host:80',
    'http://host/#part',
    'exchange://host:7',
    'redis://host/3',
    '://host',
    '',
  ])('is refused and not guessed at: %s', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'TARGET_SYNTAX', exit: 2 });
  });

  it('cannot be of another family than is insisted on, nor than its source', () => {
    expect(refusal('tcp://127.0.0.1:80', { family: '6' }).message).toContain('is not an IPv6 address');
    expect(refusal('tcp://[::1]:80', { source: '127.0.0.1' }).message).toContain('different families');
  });
});

describe('settings', () => {
  it.each<[ProbeSettingsIn, string]>([
    [{ timeout: '5' }, 'timeout is no length of time.'],
    [{ timeout: '2h', every: '1ms' }, 'every is not between 10 ms and a day.'],
    [{ source: 'eth0' }, 'source is no address.'],
    [{ keepAlive: '1s', keepAliveInterval: '1500ms' }, 'keepAliveInterval is not a whole number of seconds up to 9 h.'],
    [{ keepAlive: '1s', keepAliveCount: 128 }, 'keepAliveCount has a value that cannot be'],
    [{ keepAliveInterval: '5s' }, 'keepAliveInterval means nothing without keepAlive'],
    [{ keepAliveCount: 5 }, 'keepAliveCount means nothing without keepAlive'],
    [{ userTimeout: '0ms' }, 'userTimeout is not between 1 ms and a day.'],
    [{ status: ['20x'] }, 'status has an entry that is no status.'],
    [{ status: ['299-200'] }, 'status has an entry that is no status.'],
    [{ json: { status: [] } }, 'json has a value that cannot be'],
    [{ headers: { 'a b': 'c' } }, 'headers has a value that cannot be'],
    [{ headers: { a: 'b\r\nc: d' } }, 'headers has a value that cannot be'],
  ])('are refused with what was expected: %j', (given, message) => {
    expect(refusal('http://host', given)).toMatchObject({ code: 'PROBE_SETTING', message, expected: expect.stringMatching(/\w/) });
  });

  it('that mean nothing for a target are refused rather than left aside', () => {
    expect(refusal('tcp://host:80', { status: ['200'] })).toMatchObject({ code: 'PROBE_SETTING', expected: 'a target of http' });
    expect(refusal('http://host', { verify: false })).toMatchObject({ code: 'PROBE_SETTING', expected: 'a target of TLS' });
  });

  it('take Fast Open only where something is written first: else no SYN would ever be sent', () => {
    expect(refusal('tcp://host:80', { fastOpen: true })).toMatchObject({ message: 'fastOpen means nothing for this target' });
    const [expecting, sending] = [{ expect: 'hi' }, { send: 'hi' }];
    expect(refusal('exchange://host:7', { fastOpen: true, steps: [expecting, sending] })).toMatchObject({ where: 'fastOpen' });
    expect(parseTarget('exchange://host:7', { fastOpen: true, steps: [sending, expecting] }).fastOpen).toBe(true);
    // In TLS the client speaks first, whatever is said in it.
    expect(parseTarget('exchanges://host:7', { fastOpen: true, steps: [expecting] }).fastOpen).toBe(true);
  });

  it('beat every 30 s with a second to answer, others every second with a timeout that is learned', () => {
    expect(parseTarget('heartbeat://host:7', {})).toMatchObject({ everyMs: 30_000, timeoutMs: 1000, idleMs: 300_000 });
    expect(parseTarget('tcp://host:7', {})).toMatchObject({ everyMs: 1000, timeoutMs: null });
    expect(parseTarget('tcp://host:7', { every: '1.5s', timeout: '250ms' })).toMatchObject({ everyMs: 1500, timeoutMs: 250 });
  });

  it('all have a reason, and say what is expected', () => {
    const settings = describeSettings(ProbeSettings, []);
    expect(settings.map(({ path }) => path)).toEqual(Object.keys(ProbeSettings.shape));
    for (const { reason, expected } of settings) expect([reason.length, expected.length].every((length) => length > 5)).toBe(true);
  });
});

describe('a length of time', () => {
  it('always has its unit', () => {
    expect(['250ms', '1.5s', '5m', '1h'].map(parseDuration)).toEqual([250, 1500, 300_000, 3_600_000]);
    expect(['', '5', 's', '-1s', '1 s', '1d', '1e3s', '.5s', '1s2'].map(parseDuration)).toEqual(Array(9).fill(null));
  });
});
