import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DoctorReport } from '../../src/formats/doctor.ts';
import { MAIN } from '../lab/product.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// The command line as a person and a shell meet it.

/** A shell line in which `synoptic` stands for the command, wherever this checkout lies. */
function shell(line: string, { tty = false, env = {} }: { tty?: boolean; env?: Record<string, string> } = {}) {
  const whole = line.replaceAll('synoptic', '"$NODE" "$MAIN"');
  const [file, args] = tty ? ['script', ['-qec', whole, '/dev/null']] : ['bash', ['-c', whole]];
  const { SHELL: _, ...rest } = process.env;
  const child = spawn(file, args, { timeout: 50_000, env: { ...rest, TERM: 'xterm', ...env, NODE: process.execPath, MAIN } });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, ...said }));
  return { stdin: child.stdin, said, ended };
}

/** All that it says on a terminal of its own until it has said `words`, and once it is then interrupted there by Ctrl-C. */
async function interrupted(line: string, words: RegExp, env: Record<string, string> = {}): Promise<string> {
  const { stdin, said, ended } = shell(line, { tty: true, env });
  try {
    await until(`${words} on a terminal`, () => words.test(said.stdout), 30_000);
  } finally {
    stdin.write('\u0003');
    await ended;
  }
  return said.stdout;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const COLOUR = /\u001b\[/;

// Each is a process of its own that starts, waits and ends.
describe.concurrent('synoptic tail', () => {
  it('in front of head ends by itself, with status 0 and no word but ready', async () => {
    const { status, stdout, stderr } = await shell('set -o pipefail; synoptic tail --canaries | head -3').ended;
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).not.toMatch(COLOUR);
    // On a busy machine head may have had enough before the canary came back.
    expect(['', 'ready\n']).toContain(stderr);
    expect(status).toBe(0);
  });

  it('shows colours on a terminal, and none where NO_COLOR is set', async () => {
    // TIME_WAIT lines, which have a colour, come with the canary's end.
    const line = 'synoptic tail --canaries --kind state,time-wait';
    const [coloured, plain] = await Promise.all([interrupted(line, /TIME_WAIT/), interrupted(line, /TIME_WAIT/, { NO_COLOR: '1' })]);
    expect(coloured).toMatch(COLOUR);
    expect(plain).not.toMatch(COLOUR);
  });

  it.each([
    ['an unknown filter term', ['tail', 'prot=443'], /FILTER.*\[FILTER_SYNTAX\]\n {2}expected: .*port/],
    ['a bad value', ['tail', 'port=http'], /\[FILTER_SYNTAX\]/],
    ['an unknown kind', ['tail', '--kind', 'stat'], /\[FILTER_SYNTAX\][\s\S]*state/],
    ['an unknown option', ['tail', '--formt', 'ndjson'], /unknown option '--formt'[\s\S]*--format/],
    ['an unknown command', ['tial'], /unknown command 'tial'[\s\S]*tail/],
    ['no address to listen on', ['observe', '--listen', 'here'], /--listen: "here" is no address[\s\S]*\[USAGE\]\n {2}expected: /],
    ['an unknown user', ['observe', '--user', 'nobody-at-all'], /\[USER_UNKNOWN\]/],
  ])('or another command given %s ends with status 2 and says what is right', async (_story, args, words) => {
    const { status, stdout, stderr } = await Synoptic.run(args);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('given a bad configuration ends with status 2, and with line and column', async () => {
    const { status, stderr } = await Synoptic.run(['tail'], { config: 'logLevel: info\nmaxSockets: many\n' });
    expect(stderr).toMatch(/synoptic\.yaml:2:13: .*maxSockets[\s\S]*\[CONFIG_INVALID\][\s\S]*expected: /);
    expect(status).toBe(2);
  });
});

describe('synoptic observe', () => {
  it('at a port that is taken ends with status 2 and names it, and leaves no bpftrace', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const { status, stderr } = await Synoptic.run(['observe', '--listen', `127.0.0.1:${port}`]);
      expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*\\[LISTEN_IN_USE\\]\\n {2}(expected|do): `));
      expect(status).toBe(2);
    } finally {
      taken.close();
    }
  });
});

describe('synoptic doctor', () => {
  it('says that this machine can be observed, with every script of its choice, and ends with 0', async () => {
    const { status, stdout } = await Synoptic.run(['doctor', '--json']);
    const report = DoctorReport.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ observable: true, obstacles: [] });
    const kprobes = report.machine.find(({ name }) => name === 'kprobes')?.value.startsWith('none') === false;
    expect(report.hooks.map(({ fact, script }) => [fact, script !== null])).toEqual(
      ['sock-state', 'retransmit', 'reset', 'drop', 'socket-error', 'neighbour', 'time-wait'].map((fact) => [
        fact,
        fact !== 'time-wait' || kprobes,
      ]),
    );
    const exact = report.hooks.find(({ fact }) => fact === 'time-wait');
    // Without kprobes TIME_WAIT is inferred: no warning, but said.
    if (!kprobes) expect(exact).toMatchObject({ severity: 'info', lack: expect.stringContaining('no kprobe on __inet_twsk_schedule') });
    expect(status).toBe(0);
  });

  it('run by nobody says that root is needed, and ends with 3', () => {
    // Loaded while still root: nobody may not be allowed to read the checkout.
    const file = fileURLToPath(new URL('../commands/as-nobody.ts', import.meta.url));
    const run = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(JSON.parse(run.stdout)).toMatchObject({ observable: false, obstacles: [{ code: 'NOT_PRIVILEGED' }] });
    expect(run.status).toBe(3);
  });
});
