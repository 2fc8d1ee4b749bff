import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Bpftrace } from '../lab/bpftrace.ts';
import { LabNamespace } from '../lab/namespace.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

/** Sums over every system call, without a word: as busy as a profiler's hook may be. */
const NEIGHBOUR = `tracepoint:raw_syscalls:sys_enter { ${Array.from({ length: 16 }, (_, n) => `@m${n}[args->id, tid] = sum(args->args[0]);`).join(' ')} }
interval:ms:200 { printf("busy\\n"); } END { ${Array.from({ length: 16 }, (_, n) => `clear(@m${n});`).join(' ')} }`;

const COUNT = 200;
const KEEPALIVE = fileURLToPath(new URL('../lab/keepalive.py', import.meta.url));

/** A timer fires on the CPU that set it; what is to hide it must be busy there. */
const CPU = ['-c', '0'];

/** A process that does nothing but system calls. */
const storm = () => spawn('taskset', [...CPU, 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1'], { stdio: 'ignore' });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a busy BPF program of somebody else', () => {
  it('leaves no close that a timer makes both unseen and untold', async () => {
    await using lab = new LabNamespace();
    const server = await lab.actor();
    const port = await server.number('listen', { host: '127.0.0.1' });
    await using tail = await Synoptic.tail();
    const client = spawn('ip', ['netns', 'exec', lab.name, 'taskset', ...CPU, 'python3', KEEPALIVE, '127.0.0.1', `${port}`, `${COUNT}`], {
      stdio: 'pipe',
    });
    const children: ChildProcess[] = [client];
    try {
      let said = '';
      client.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await until('connections', () => said.includes('open'));
      const closes = () =>
        tail.all('state', ({ netns, from, to, rport }) => netns === lab.netns && from === 'ESTABLISHED' && to === 'CLOSE' && rport === port)
          .length;
      await until(
        'them seen',
        () =>
          tail.all('state', ({ netns, to, rport }) => netns === lab.netns && to === 'ESTABLISHED' && rport === port).length >= COUNT - 2,
      );
      const resets = server.statistic('snmp Tcp EstabResets');
      const toldBefore = tail.told;
      await using neighbour = new Bpftrace('-e', NEIGHBOUR);
      children.push(storm(), storm(), storm(), storm());
      await until('the neighbour', () => neighbour.stdout.includes('busy'));
      // The peer goes silent: from now on only timers act on these connections.
      lab.run(
        'nft',
        `add table ip lab; add chain ip lab in { type filter hook input priority 0; }; add rule ip lab in tcp dport ${port} drop`,
      );
      client.stdin.write('\n');
      await until('every end', () => /open\n\d+/.test(said), 20_000);
      for (const child of children.splice(0)) await end(child);
      await neighbour.stop();
      // The kernel's own count of connections that were ended like this.
      const made = server.statistic('snmp Tcp EstabResets') - resets;
      expect(made).toBe(COUNT);
      const told = () => tail.told - toldBefore;
      // Skips are asked for every 5 s; the kernel's statistics of a namespace not our own likewise, and believed at the second look.
      await until('all of them, or word of their loss', () => closes() + told() >= made, 20_000);
      const causes = new Set(tail.all('gap', ({ lost }) => lost !== null && lost > 0).map(({ cause }) => cause));
      expect([...causes].every((cause) => cause === 'skipped' || cause === 'unseen')).toBe(true);
    } finally {
      for (const child of children) await end(child);
    }
  });
});
