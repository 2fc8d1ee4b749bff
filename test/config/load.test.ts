import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigFaults } from '../../src/config/faults.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { Config, SETTINGS } from '../../src/config/schema.ts';
import { CONNECTION_THRESHOLDS } from '../../src/core/model/connection-thresholds.ts';
import { SynopticError } from '../../src/core/model/errors.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';

const INVALID = join(import.meta.dirname, 'invalid');
const examples = (await readdir(INVALID)).filter((name) => name.endsWith('.yml'));

function faultOf(text: string, env: Record<string, string> = {}): SynopticError {
  try {
    parseConfig(text, 'synoptic.yml', env);
  } catch (error) {
    if (error instanceof SynopticError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('a bad configuration', () => {
  it.each(examples)('%s is told as its .txt says', async (name) => {
    const text = await readFile(join(INVALID, name), 'utf8');
    const expected = await readFile(join(INVALID, name.replace(/yml$/, 'txt')), 'utf8');
    let told: unknown;
    try {
      parseConfig(text, name, {});
    } catch (error) {
      told = error;
    }
    expect(told).toBeInstanceOf(SynopticError);
    expect(told).toMatchObject({ exit: 2, text: expected.trimEnd() });
  });

  it('tells all its faults at once, in the order of the file', () => {
    const fault = faultOf('user: 7\nmaxSockets: 1\nx: 1\n');
    expect(fault).toBeInstanceOf(ConfigFaults);
    expect(fault).toMatchObject({ code: 'CONFIG_INVALID', where: 'synoptic.yml:1:7' });
    expect(fault.text.match(/synoptic\.yml:\d+:\d+/g)).toEqual(['synoptic.yml:1:7', 'synoptic.yml:2:13', 'synoptic.yml:3:1']);
  });

  it('never repeats a token, wherever it stood', () => {
    for (const fault of [faultOf('token: secret'), faultOf('token: [secret]'), faultOf('{}', { SYNOPTIC_TOKEN: 'secret' })]) {
      expect(fault.code).toBe('CONFIG_INVALID');
      expect(JSON.stringify([fault.text, fault.message, fault.expected])).not.toContain('secret');
    }
  });

  it.each(['[', '{a: ', '- ', '? '])('is refused with words where %j stands in itself a hundred thousand times', (opening) => {
    expect(faultOf(opening.repeat(100_000)).code).toMatch(/^CONFIG_(SYNTAX|INVALID)$/);
  });

  it('that cannot be read says so, with its name', async () => {
    await expect(loadConfig('/nonexistent/synoptic.yml', {})).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      exit: 2,
      where: '/nonexistent/synoptic.yml',
    });
  });

  it('throws nothing but SynopticErrors with a place, whatever the file holds', () => {
    const words = fc.constantFrom(
      'listen',
      'token',
      'bpftrace',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '*a',
      '&a',
      '!!x',
      '"',
      '#',
      '1',
      'null',
      '---',
      '<<',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 20 }).map((list) => list.join('')),
        ),
        (text) => {
          try {
            parseConfig(text, 'f', {});
          } catch (error) {
            expect(error).toBeInstanceOf(SynopticError);
            expect(error).toMatchObject({
              code: expect.stringMatching(/^CONFIG_(SYNTAX|INVALID)$/),
              where: expect.stringMatching(/^f(:\d+:\d+)?$/),
            });
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('a configuration', () => {
  const defaults = {
    listen: { host: '127.0.0.1', port: 7373 },
    token: null,
    allowedOrigins: [],
    maxSockets: 1_000_000,
    bpftrace: { command: ['bpftrace'], capabilities: null, budget: null, startTimeoutMs: 60_000 },
    detect: DEFAULT_THRESHOLDS,
    user: null,
    probes: [],
    data: null,
    captures: { record: true, minutes: 15, megabytes: 1000, keepDays: 30, keepMegabytes: 5000 },
    webhook: { url: null, secret: null, severity: 'warning', timeoutMs: 5000 },
    logLevel: 'info',
  };

  it('that is empty, only comments, or not given at all has every default', async () => {
    expect(parseConfig('', 'f', {})).toEqual(defaults);
    expect(parseConfig('# nothing yet\n', 'f', {})).toEqual(defaults);
    expect(await loadConfig(undefined, {})).toEqual(defaults);
  });

  it('is read from a file, and keeps the defaults of what it does not name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'synoptic-config-'));
    try {
      const file = join(folder, 'synoptic.yml');
      await writeFile(file, 'listen: "[::1]:0"\nbpftrace:\n  command: [/opt/bpftrace, -v]\n  budget: 0\nlogLevel: debug\n');
      const { listen, bpftrace, logLevel, maxSockets } = await loadConfig(file, {});
      expect({ listen, bpftrace, logLevel, maxSockets }).toEqual({
        listen: { host: '::1', port: 0 },
        bpftrace: { command: ['/opt/bpftrace', '-v'], capabilities: null, budget: 0, startTimeoutMs: 60_000 },
        logLevel: 'debug',
        maxSockets: 1_000_000,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['7000', { host: '127.0.0.1', port: 7000 }],
    ['"7000"', { host: '127.0.0.1', port: 7000 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['"[fe80::1]:80"', { host: 'fe80::1', port: 80 }],
  ])('listens where %s says', (written, listen) => {
    expect(parseConfig(`listen: ${written}`, 'f', {}).listen).toEqual(listen);
  });

  it('takes the token from the environment before the one in the file', () => {
    const token = 'from-the-environment';
    expect(parseConfig('', 'f', { SYNOPTIC_TOKEN: token }).token).toBe(token);
    expect(parseConfig('token: sixteen-characters', 'f', { SYNOPTIC_TOKEN: token }).token).toBe(token);
    expect(parseConfig('token: sixteen-characters', 'f', { SYNOPTIC_TOKEN: '' }).token).toBe('sixteen-characters');
  });
});

/** Detectors of connections and of our own probes, with their thresholds. */
const CONNECTION_DETECTORS = Object.entries(CONNECTION_THRESHOLDS).flatMap(([name, thresholds]) => [
  `detect.${name}`,
  ...Object.keys(thresholds).map((threshold) => `detect.${name}.${threshold}`),
]);

describe('the webhook', () => {
  const SECRET = 'one of enough length';
  const read = (text: string) => parseConfig(text, 'synoptic.yaml', {});

  it('is off unless it is told where to post, and then wants a secret', () => {
    expect(read(`webhook: { url: "https://pager.example.net/x", secret: "${SECRET}" }`).webhook.url).toBe('https://pager.example.net/x');
    expect(() => read('webhook: { url: "https://pager.example.net/x" }')).toThrow(/secret/);
  });

  it.each(['ftp://pager.example.net/', 'pager.example.net', 'https://user:password@pager.example.net/'])('is posted to no %s', (url) => {
    expect(() => read(`webhook: { url: "${url}", secret: "${SECRET}" }`)).toThrow(/webhook.url/);
  });

  it('never repeats a secret that is wrong', () => {
    const told = () => read('webhook: { url: "https://pager.example.net/x", secret: "short-secret" }');
    expect(told).toThrow(/secret/);
    expect(told).not.toThrow(/short-secret/);
  });
});

describe('every setting', () => {
  it('has a default that it accepts, a reason, what it expects, and a unit where it is a number', () => {
    expect(SETTINGS.map((setting) => setting.path)).toEqual([
      ...['listen', 'token', 'allowedOrigins', 'maxSockets'],
      ...['bpftrace', 'bpftrace.command', 'bpftrace.capabilities', 'bpftrace.budget', 'bpftrace.startTimeoutMs'],
      ...['detect', 'detect.accept-queue'],
      ...['fullLooks', 'quietSeconds', 'cookiesPerSecond'].map((name) => `detect.accept-queue.${name}`),
      ...['', '.silentFlows', '.parts', '.quietSeconds'].map((name) => `detect.sequence-anomaly${name}`),
      'detect.time-wait-buildup',
      ...['warnShare', 'criticalShare', 'warnSeconds', 'serverEntries', 'bucketShare'].map((name) => `detect.time-wait-buildup.${name}`),
      'detect.half-open',
      ...['suspectTimeouts', 'firmTimeouts', 'unsentTimeouts', 'keepAliveProbes', 'doubtMisses', 'quietSeconds'].map(
        (name) => `detect.half-open.${name}`,
      ),
      'detect.false-alive',
      ...['acceptSeconds', 'unreadSeconds', 'firmSeconds', 'timeouts', 'misses', 'quietSeconds'].map(
        (name) => `detect.false-alive.${name}`,
      ),
      ...['detect.false-dead', 'detect.false-dead.quietSeconds'],
      ...CONNECTION_DETECTORS,
      ...['user', 'probes', 'data', 'captures'],
      ...['record', 'minutes', 'megabytes', 'keepDays', 'keepMegabytes'].map((name) => `captures.${name}`),
      ...['webhook', 'webhook.url', 'webhook.secret', 'webhook.severity', 'webhook.timeoutMs'],
      'logLevel',
    ]);
    expect(Object.keys(Config.shape).every((name) => SETTINGS.some((setting) => setting.path === name))).toBe(true);
    for (const setting of SETTINGS) {
      expect(setting.reason.length, setting.path).toBeGreaterThan(20);
      expect(setting.expected.length, setting.path).toBeGreaterThan(10);
      if (typeof setting.default === 'number') expect(setting.unit, setting.path).toBeDefined();
    }
  });
});
