import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ProbeWire } from '../../src/formats/probe.ts';
import { MAIN } from '../lab/product.ts';
import { Answering } from '../sources/probes/asking.ts';

/** A machine on which koffi is not installed. */
const WITHOUT_KOFFI = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  if (name === 'koffi') throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
  return next(name, context);
} });`)}`;

function synoptic(...args: string[]) {
  // The kernel's side is tested where bpftrace may run, in test/bpf.
  const alone = args[0] === 'probe' ? [...args, '--no-kernel'] : args;
  return execa(process.execPath, [MAIN, ...alone], { reject: false, stdin: 'ignore' });
}

const redis = () => Answering.by((socket) => socket.on('data', () => socket.write('+PONG\r\n')));

describe('synoptic probe', { timeout: 30_000 }, () => {
  it('prints one attempt, says that the kernel’s side was not asked for, and exits 0 where it is alive', async () => {
    await using server = await redis();
    const { exitCode, stdout, stderr } = await synoptic('probe', `redis://127.0.0.1:${server.port}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('alive: PONG');
    expect(stdout).toContain('kernel  missing: the kernel is not observed: not asked for (--no-kernel)');
  });

  it('works without koffi, sets what Node alone can, and says what was not applied and why', async () => {
    await using server = await redis();
    const args = ['--keep-alive', '60s', '--keep-alive-count', '3', '--user-timeout', '2s', '--fast-open', '--json'];
    const { exitCode, stdout } = await execa(
      process.execPath,
      ['--import', WITHOUT_KOFFI, MAIN, 'probe', `redis://127.0.0.1:${server.port}`, ...args],
      { reject: false, stdin: 'ignore' },
    );
    const { alive, socket } = ProbeWire.parse(JSON.parse(stdout));
    expect({ exitCode, alive, why: socket?.why }).toEqual({
      exitCode: 0,
      alive: true,
      why: 'TCP_INFO cannot be read: koffi is not installed',
    });
    expect(socket?.options.map(({ name, applied, why }) => [name, applied, why])).toEqual([
      ['TCP_FASTOPEN_CONNECT', null, 'not set: koffi is not installed'],
      ['TCP_USER_TIMEOUT', null, 'not set: koffi is not installed'],
      ['SO_KEEPALIVE', null, 'cannot be read back: koffi is not installed'],
      ['TCP_KEEPIDLE', null, 'cannot be read back: koffi is not installed'],
      ['TCP_KEEPINTVL', null, 'cannot be read back: koffi is not installed'],
      ['TCP_KEEPCNT', null, 'not set: koffi is not installed'],
    ]);
    expect(socket?.fastOpen).toMatchObject({ outcome: 'not-tried', why: 'not set: koffi is not installed' });
  });

  it('probes all the same where the kernel cannot be observed, and says in one line why its side is missing', async () => {
    await using server = await redis();
    const folder = mkdtempSync(join(tmpdir(), 'synoptic-test-'));
    const config = join(folder, 'synoptic.yaml');
    writeFileSync(config, 'bpftrace: { command: [/nowhere/bpftrace] }');
    try {
      const args = ['probe', `redis://127.0.0.1:${server.port}`, '--json', '--config', config];
      const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], { reject: false, stdin: 'ignore' });
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/^the application’s side alone: .*; synoptic doctor says more$/);
      expect(ProbeWire.parse(JSON.parse(stdout))).toMatchObject({
        alive: true,
        kernel: null,
        unseen: expect.stringMatching(/^the kernel is not observed: /),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints a line of JSON an attempt, for as many as it is told, and one compensating probe more where they miss', async () => {
    await using server = await Answering.by((socket) => socket.resume());
    const url = `redis://127.0.0.1:${server.port}`;
    const { exitCode, stdout } = await synoptic('probe', url, '--json', '--count', '2', '--every', '50ms', '--timeout', '60ms');
    const lines = stdout.split('\n').map((line) => ProbeWire.parse(JSON.parse(line)));
    expect(exitCode).toBe(1);
    expect(lines.map(({ reason, cause }) => [reason, cause])).toEqual([
      ['scheduled', 'no-answer'],
      ['scheduled', 'no-answer'],
      ['compensating', 'no-answer'],
    ]);
    expect(lines[2]?.requestId).toBe(lines[1]?.requestId);
  });

  it('probes several targets, and exits 1 where one of them is not alive', async () => {
    await using server = await redis();
    const closed = await Answering.by(() => undefined);
    const { port } = closed;
    await closed[Symbol.asyncDispose]();
    const { exitCode, stdout } = await synoptic('probe', `redis://127.0.0.1:${server.port}`, `tcp://127.0.0.1:${port}`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('alive: PONG');
    expect(stdout).toContain('not alive: refused (the host is there and nobody listens)');
  });

  it('sends and expects what its options say, in their order', async () => {
    await using server = await Answering.by((socket) => {
      socket.write('hi\n');
      socket.on('data', (text) => socket.end(String(text) === 'é\r\n' ? 'bye' : 'what?'));
    });
    const url = `exchange://127.0.0.1:${server.port}`;
    const { exitCode } = await synoptic('probe', url, '--expect', 'hi', '--send', 'é\\r\\n', '--expect', 'by\\x65');
    expect(exitCode).toBe(0);
  });

  it.each([
    [['tcp://host'], /has no port \[TARGET_SYNTAX\]\n {2}expected: a URL/],
    [['tpc://host:1'], /Did you mean tcp\?/],
    [['tcp://host:1', '--timeout', 'soon'], /timeout: timeout is no length of time\. \[PROBE_SETTING\]/],
    [['tcp://host:1', '--status', '200'], /status means nothing for this target/],
    [['tcp://host:1', 'tcp://host:1'], /tcp:\/\/host:1 is named twice \[USAGE\]/],
    [['https://host', '--ca', '/nowhere'], /--ca: \/nowhere cannot be read/],
    [['tcp://host:1', '--count', '0'], /a whole number, at least 1/],
    [['exchange://host:1', '--send', '\\q'], /\\q is not understood/],
    [['tcp://host:1', '--fast-open'], /fastOpen means nothing for this target \[PROBE_SETTING\]/],
    [['tcp://host:1', '--keep-alive-count', '3'], /keepAliveCount means nothing without keepAlive/],
    [[], /missing required argument/],
  ])('refuses %j with exit 2, and says why', async (args, why) => {
    const { exitCode, stdout, stderr } = await synoptic('probe', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(why);
  });

  it('ends quietly when nobody reads any more', async () => {
    await using server = await redis();
    const command = `"${process.execPath}" "${MAIN}" probe redis://127.0.0.1:${server.port} --every 20ms --json --no-kernel | head -n 1`;
    const { stdout, stderr } = await execa('bash', ['-c', command], { timeout: 10_000 });
    expect(ProbeWire.parse(JSON.parse(stdout)).alive).toBe(true);
    expect(stderr).toBe('');
  });

  it('tells when its output cannot be written, and exits 1', async () => {
    await using server = await redis();
    const command = `"${process.execPath}" "${MAIN}" probe redis://127.0.0.1:${server.port} --no-kernel >/dev/full`;
    const { exitCode, stderr } = await execa('bash', ['-c', command], { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('[OUTPUT_FAILED]');
  });

  it('goes on until it is told to stop, and is alive by its last word', async () => {
    await using server = await redis();
    const child = synoptic('probe', `redis://127.0.0.1:${server.port}`, '--every', '20ms', '--json');
    let lines = 0;
    for await (const _ of child) {
      lines += 1;
      if (lines === 3) child.kill('SIGINT');
    }
    const { exitCode } = await child;
    expect(lines).toBeGreaterThanOrEqual(3);
    expect(exitCode).toBe(0);
  });
});
