import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CountersInput, QueuesInput, SysctlsInput } from '../../../src/core/model/input.ts';
import { sampleCounters } from '../../../src/sources/samples/counters.ts';
import { Lookout } from '../../../src/sources/samples/lookout.ts';
import type { NetNamespace } from '../../../src/sources/samples/netns.ts';
import { sampleQueues } from '../../../src/sources/samples/queues.ts';
import { sampleSysctls } from '../../../src/sources/samples/sysctls.ts';
import type { Visit } from '../../../src/sources/samples/visit.ts';
import { LabNamespace } from '../../lab/namespace.ts';

const QUEUE = fileURLToPath(new URL('../../lab/queue.py', import.meta.url));

async function opened(): Promise<Lookout> {
  const lookout = await Lookout.open();
  if (typeof lookout === 'string') throw new Error(lookout);
  return lookout;
}

const whole = (namespace: NetNamespace): Visit => ({ namespace, connections: true, settings: true });

describe('a namespace that the thread looks at', () => {
  const lab = new LabNamespace();
  let there: NetNamespace;
  let lookout: Lookout;
  let child: ChildProcess;

  beforeAll(async () => {
    lab.run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40009', 'net.ipv4.ip_local_reserved_ports=40003,40005-40006');
    // Two that wait for accept(), and more than its backlog lets in.
    child = spawn('ip', ['netns', 'exec', lab.name, 'python3', QUEUE, '1', '4'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
    await lines.next();
    child.stdin?.write('\n');
    await lines.next();
    there = await lab.found();
    lookout = await opened();
  }, 30_000);

  afterAll(async () => {
    child.kill('SIGKILL');
    await lookout[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  async function seen(visit: Visit): Promise<{ counters: CountersInput; queues: QueuesInput; sysctls: SysctlsInput | undefined }> {
    const [visited] = (await lookout.look([visit])) ?? [];
    const inputs = visited?.inputs ?? [];
    const counters = inputs.find((input) => input.type === 'counters');
    const queues = inputs.find((input) => input.type === 'queues');
    if (counters === undefined || queues === undefined) throw new Error(`not seen: ${visited?.fault}`);
    return { counters, queues, sysctls: inputs.find((input) => input.type === 'sysctls') };
  }

  it('has the same listeners and the same that waits as ss tells', async () => {
    const ends = ({ lport, rport }: { lport: number; rport: number }): number => lport * 65_536 + rport;
    // Timers run, and the kernel works on: what stays is compared, once both say as much.
    const { mine, theirs } = await vi.waitUntil(
      async () => {
        const [told, { queues }] = [await sampleQueues(there), await seen(whole(there))];
        const [theirs, mine] = [told, queues].map((one) => ({
          listeners: one?.listeners,
          waiting: (one?.waiting ?? [])
            .filter(({ owned }) => !owned)
            .sort((a, b) => ends(a) - ends(b))
            .map(({ timer: _, info: __, ...rest }) => rest),
        }));
        return theirs?.waiting.length === mine?.waiting.length ? { mine, theirs } : null;
      },
      { timeout: 30_000 },
    );
    expect(mine?.listeners).toMatchObject([{ laddr: '127.0.0.1', waiting: 2, backlog: 1 }]);
    expect(mine?.waiting.length).toBeGreaterThanOrEqual(2);
    expect(mine).toEqual(theirs);
  });

  it('has the counters and the settings that its own files tell, and its settings only where they were asked for', async () => {
    const { counters, sysctls } = await seen(whole(there));
    const told = await sampleCounters(there);
    // A SYN that is not answered is sent again: those go on.
    const { fromNs: _, atNs: __, ext: ___, ...mine } = counters;
    expect(told).toMatchObject(mine);
    expect(counters.ext?.ListenOverflows).toBeGreaterThan(0);
    expect(sysctls?.values).toEqual((await sampleSysctls(there))?.values);
    expect(sysctls?.values).toMatchObject({
      'ipv4.ip_local_port_range': '40000 40009',
      'ipv4.ip_local_reserved_ports': '40003,40005-40006',
    });
    expect((await seen({ ...whole(there), settings: false })).sysctls).toBeUndefined();
  });

  it('has its connections looked at unasked while somebody waits for accept()', async () => {
    const { queues } = await seen({ ...whole(there), connections: false });
    expect(queues.waiting?.length).toBeGreaterThanOrEqual(2);
  });

  it('does not keep the thread: our own is looked at after it as before it', async () => {
    const own: NetNamespace = { ...there, own: true, netns: 1, path: '/proc/self/ns/net' };
    const looked = (await lookout.look([whole(own), whole(there), whole(own)])) ?? [];
    const ranges = looked.flatMap(({ inputs }) => inputs.flatMap((input) => (input.type === 'sysctls' ? [input.values] : [])));
    expect(ranges.map((values) => values['ipv4.ip_local_reserved_ports'])).toEqual([
      ranges[0]?.['ipv4.ip_local_reserved_ports'],
      '40003,40005-40006',
      ranges[0]?.['ipv4.ip_local_reserved_ports'],
    ]);
    expect(ranges[0]?.['ipv4.ip_local_reserved_ports']).not.toBe('40003,40005-40006');
  });

  it('gives nothing, and no fault, where its inode is now another’s or its file is gone', async () => {
    const other = { ...there, netns: there.netns + 1 };
    const gone = { ...there, path: '/run/netns/no-such-namespace' };
    const looked = (await lookout.look([whole(other), whole(gone)])) ?? [];
    expect(looked).toMatchObject([
      { inputs: [], fault: null },
      { inputs: [], fault: null },
    ]);
  });
});

describe('the thread', () => {
  it('is refused by a file that is no network namespace, says which call was, and goes on', async () => {
    await using lookout = await opened();
    const pids: NetNamespace = { own: false, netns: 0, pid: null, names: [], path: '/proc/self/ns/pid' };
    const { ino } = await import('node:fs').then(({ statSync }) => statSync(pids.path));
    const [refused] = (await lookout.look([whole({ ...pids, netns: ino })])) ?? [];
    expect(refused).toMatchObject({ inputs: [], fault: 'setns: EINVAL' });
    const own: NetNamespace = { ...pids, own: true, path: '/proc/self/ns/net' };
    expect((await lookout.look([whole(own)]))?.[0]?.inputs).toHaveLength(3);
  });

  it('that has ended gives null, and says so', async () => {
    const lookout = await opened();
    await lookout[Symbol.asyncDispose]();
    expect(await lookout.look([])).toBeNull();
    expect(lookout.down).toBe('its thread has ended');
  });
});
