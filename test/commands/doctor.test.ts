import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { type DoctorOptions, doctor } from '../../src/commands/doctor.ts';
import type { Hook } from '../../src/core/model/hook.ts';
import { DoctorReport } from '../../src/formats/doctor.ts';
import {
  AWAKE,
  CONTAINER,
  DEBIAN_12,
  type Files,
  MachineFolder,
  MISSING,
  OLD_WITHOUT_BTF,
  ORDINARY_USER,
  saying,
} from '../sources/machine/machines.ts';

const HOOKS: readonly Hook[] = [
  { fact: 'sock-state', script: 'sock-state-lean', lack: 'no sequence numbers without BTF' },
  { fact: 'retransmit', script: 'retransmit', lack: null },
  { fact: 'drop', script: null, lack: 'skb:kfree_skb gives no reason here' },
];

interface Said {
  readonly exit: number;
  readonly text: string;
  readonly lines: readonly string[];
}

async function run(options: Partial<DoctorOptions> & { readonly terminal?: { isTTY?: boolean; columns?: number } } = {}): Promise<Said> {
  let text = '';
  const exit = await doctor({
    json: false,
    config: { bpftrace: ['bpftrace'] },
    chooseHooks: () => HOOKS,
    env: {},
    ...options,
    stdout: { ...options.terminal, write: (piece) => (text += piece) },
  });
  return { exit, text, lines: text.split('\n') };
}

async function runOn(files: Files, options: Parameters<typeof run>[0] = {}): Promise<Said> {
  using machine = new MachineFolder(files);
  const config = { bpftrace: saying('bpftrace v0.17.0') };
  return await run({ root: machine.root, config, machine: { ss: MISSING, nsenter: MISSING, monotonicNs: AWAKE }, ...options });
}

const ESCAPE = '\u001b';

it('does not count an ordinary user among the privileged', async () => {
  const row = async (files: Files) => (await runOn(files)).text.replaceAll(/\s+/g, ' ');
  expect(await row(ORDINARY_USER)).toContain('only the privileged may load programs, and we are not');
  expect(await row(DEBIAN_12)).toContain('only the privileged may load programs, as we are');
});

describe('doctor on this machine, as root', () => {
  it('says that it can be observed and exits 0', async () => {
    const { exit, lines } = await run();
    expect(exit).toBe(0);
    expect(lines[0]).toBe('This machine can be observed.');
    for (const section of ['Machine', 'Hooks', 'Privileges']) expect(lines).toContain(section);
    expect(lines.some((line) => line.startsWith('Netstack'))).toBe(true);
  });

  it('says the same in JSON, on one line that fits the schema', async () => {
    const { exit, lines } = await run({ json: true });
    expect([exit, lines.length, lines[1]]).toEqual([0, 2, '']);
    const report = DoctorReport.parse(JSON.parse(lines[0] ?? ''));
    expect(report).toMatchObject({ observable: true, obstacles: [] });
    expect(report.hooks.map(({ fact, script }) => [fact, script])).toEqual(HOOKS.map(({ fact, script }) => [fact, script]));
    expect(report.netstack.map(({ setting }) => setting)).toContain('net.ipv4.tcp_tw_reuse');
  });

  it('takes the lack of koffi for a lack of probes alone: it says what that costs, and observes', async () => {
    const { exit, text } = await run({ machine: { socketCalls: () => ({ calls: null, why: 'koffi is not installed' }) } });
    expect(exit).toBe(0);
    expect(text).toMatch(/note socket options {4}cannot be set: koffi is not installed; Fast Open: /);
    expect(text).toContain('cost: Probes work.');
  });

  it('as an ordinary user says that root is needed and exits 3', async () => {
    const script = new URL('./as-nobody.ts', import.meta.url);
    const { stdout, exitCode } = await execa(process.execPath, [fileURLToPath(script)], { reject: false, env: { NODE_NO_WARNINGS: '1' } });
    const report = DoctorReport.parse(JSON.parse(stdout));
    expect(exitCode).toBe(3);
    expect(report.obstacles).toMatchObject([
      { code: 'NOT_PRIVILEGED', message: expect.stringContaining('user 65534'), mend: expect.stringContaining('root') },
    ]);
    expect(report.privileges.find(({ name }) => name === 'capabilities')?.value).toContain('lacking CAP_BPF, CAP_PERFMON');
  });
});

describe('doctor on other machines', () => {
  it('tells what hinders first, each with what to do, and exits 3', async () => {
    const { exit, lines } = await runOn(CONTAINER);
    expect(exit).toBe(3);
    expect(lines[0]).toBe('This machine cannot be observed:');
    expect(lines[1]).toMatch(/^ {2}- root here lacks CAP_BPF and CAP_PERFMON \[NOT_PRIVILEGED\]$/);
    expect(lines[2]).toMatch(/^ {4}do: start the container with --cap-add BPF/);
  });

  it('without bpftrace names the package', async () => {
    const { exit, text } = await runOn(DEBIAN_12, { config: { bpftrace: [...MISSING] } });
    expect(exit).toBe(3);
    expect(text).toContain('do: apt-get install bpftrace');
  });

  it('shows for each hook its script, what it lacks, what that costs and how to mend it', async () => {
    const { lines } = await runOn(OLD_WITHOUT_BTF);
    const at = (name: string) => lines.findIndex((line) => line.slice(7).startsWith(name));
    expect(lines[at('sock-state')]).toBe('  note sock-state        bpf/sock-state-lean.bt');
    expect(lines[at('sock-state') + 1]?.trim()).toBe('lack: no sequence numbers without BTF');
    expect(lines[at('retransmit')]).toBe('  ok   retransmit        bpf/retransmit.bt');
    expect(lines[at('drop')]).toBe('  warn drop              not observed');
    expect(lines.slice(at('drop'), at('drop') + 6).join(' ')).toMatch(/cost: Segments refused .*do: Linux 5\.17/);
  });

  it('chooses hooks by what it has found', async () => {
    let btf: boolean | null = null;
    await runOn(OLD_WITHOUT_BTF, {
      chooseHooks: async (machine) => {
        btf = machine.kernel.btf.value;
        return HOOKS;
      },
    });
    expect(btf).toBe(false);
  });

  it('warns where an old kernel counts BPF’s memory against a small limit', async () => {
    expect((await runOn(OLD_WITHOUT_BTF)).text).toMatch(/warn memlock +64 KiB\n.*Before Linux 5\.11/);
    expect((await runOn(DEBIAN_12)).text).toMatch(/ok {3}memlock +8192 KiB; no longer counts/);
  });
});

describe('the page', () => {
  it('fits 80 columns, with colour or without', async () => {
    for (const files of [DEBIAN_12, CONTAINER, OLD_WITHOUT_BTF]) {
      for (const terminal of [{}, { isTTY: true, columns: 80 }]) {
        const { lines } = await runOn(files, { terminal });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are to be taken out
        const tooLong = lines.map((line) => line.replace(/\u001b\[\d+m/g, '')).filter((line) => line.length > 80);
        expect(tooLong).toEqual([]);
      }
    }
    expect((await run()).lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('has colours only on a terminal, and none where NO_COLOR is set', async () => {
    const colour = async (isTTY: boolean, env: Record<string, string>) =>
      (await runOn(DEBIAN_12, { terminal: { isTTY }, env })).text.includes(ESCAPE);
    expect(await colour(true, {})).toBe(true);
    expect(await colour(true, { NO_COLOR: '' })).toBe(true);
    expect(await colour(true, { NO_COLOR: '1' })).toBe(false);
    expect(await colour(true, { TERM: 'dumb' })).toBe(false);
    expect(await colour(false, { FORCE_COLOR: '1' })).toBe(false);
  });

  it('passes no escape sequence on that a file or a program put into it', async () => {
    const hostile = `${ESCAPE}[31m${ESCAPE}]0;title\u0007 red\r`;
    const { text } = await runOn({
      ...DEBIAN_12,
      '/proc/1/comm': hostile,
      '/.dockerenv': '',
      '/proc/sys/kernel/osrelease': `6.1${hostile}`,
    });
    expect(text).toContain('red');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});
