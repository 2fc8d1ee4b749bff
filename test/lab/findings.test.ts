import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventWire } from '../../src/formats/event.ts';
import { FindingsView } from '../../src/formats/findings.ts';
import { LabNamespace } from './namespace.ts';
import { Pager } from './pager.ts';
import { Synoptic } from './synoptic.ts';
import { until } from './until.ts';

// Symptoms made with real sockets on the real kernel, and the moment at which each is found.

const QUEUE = fileURLToPath(new URL('./queue.py', import.meta.url));
type FindingWire = Extract<EventWire, { kind: 'finding' }>;
let synoptic: Synoptic;
const queueing = new LabNamespace();
const narrow = new LabNamespace();
/** Where the observer itself is: with its pager, and what it probes. */
const home = new LabNamespace();
const SECRET = 'sixteen characters and more';
let pager: Pager;
let lossy: string;
let deaf: string;

beforeAll(async () => {
  narrow.run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=50000 50299', 'net.ipv4.tcp_tw_reuse=0');
  pager = await Pager.in(home);
  const server = await home.actor();
  const [lossyPort, deafPort] = [await server.number('serve', { host: '127.0.0.1' }), await server.number('serve', { host: '127.0.0.1' })];
  home.run('nft', lost(lossyPort, deafPort));
  lossy = `tcp://127.0.0.1:${lossyPort}`;
  deaf = `tcp://127.0.0.1:${deafPort}`;
  const config = `probes: ['${lossy}', '${deaf}']\nwebhook: { url: '${pager.url}', secret: '${SECRET}' }\n`;
  synoptic = await Synoptic.observe([], { config, netns: home.name });
});

afterAll(async () => {
  await synoptic?.[Symbol.asyncDispose]();
  await pager?.[Symbol.asyncDispose]();
  for (const lab of [queueing, narrow, home]) await lab[Symbol.asyncDispose]();
});

/** Every other SYN to the one, the first of each attempt; and each FIN to the other. */
const lost = (lossyPort: number, deafPort: number): string => `table inet lab {
  chain lab {
    type filter hook input priority 0
    tcp dport ${lossyPort} tcp flags & (syn|ack) == syn numgen inc mod 2 == 0 drop
    tcp dport ${deafPort} tcp flags & fin == fin drop
  }
}`;

async function findings(filter: string): Promise<FindingsView> {
  return FindingsView.parse(JSON.parse(await pager.get(`${synoptic.url}/api/v1/findings?filter=${encodeURIComponent(filter)}`)));
}

/** What is sure, but for a gap in its time (the kernel may skip our programs), which takes one step off. */
const sureOf = (finding: FindingWire | null | undefined) => (finding?.completeness.whole === false ? 'consistent' : 'confirmed');

/** queue.py, and its lines. */
function queueOf(lab: LabNamespace, backlog: number, clients: number): { child: ChildProcess; line(): Promise<string> } {
  const child = spawn('ip', ['netns', 'exec', lab.name, 'python3', QUEUE, String(backlog), String(clients)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

describe('accept-queue', () => {
  it('names a listener that never accepts, its backlog and its process, at the first look at a namespace that is not our own', async () => {
    const { child, line } = queueOf(queueing, 2, 8);
    try {
      const port = Number(await line());
      const begunMs = Date.now();
      child.stdin?.write('\n');
      const [found] = await until(
        'a finding',
        async () => {
          const { open } = await findings(`lport=${port} netns=${queueing.netns} kind=finding`);
          return open.length > 0 ? open : null;
        },
        30_000,
      );
      // The first SYN beyond the queue is refused when the fourth client comes, 30 ms on; nothing but a counter tells it, read there twice a second.
      expect(Date.parse(found?.at ?? '') - begunMs).toBeLessThan(7000);
      expect(found).toMatchObject({
        ...{ detector: 'accept-queue', phase: 'open', severity: 'critical', confidence: sureOf(found) },
        subject: { type: 'service', lport: port, pid: child.pid, comm: 'python3' },
      });
      expect(found?.summary).toMatch(/3 wait in a queue of 2/);
      expect(await line()).toBe('tried');
      child.stdin?.write('\n');
      expect(await line()).toBe('accepting');
      const { resolved } = await until(
        'its end',
        async () => {
          const view = await findings(`lport=${port} netns=${queueing.netns}`);
          return view.open.length === 0 ? view : null;
        },
        40_000,
      );
      expect(resolved[0]).toMatchObject({ id: found?.id, phase: 'resolved' });
    } finally {
      child.kill('SIGKILL');
    }
  }, 60_000);
});

describe('time-wait-buildup', () => {
  it('foretells the end of a narrow range, then confirms it at the first connect() without a port', async () => {
    const client = await narrow.actor();
    const server = await narrow.actor();
    const port = await server.number('serve', { host: '127.0.0.1' });
    await client.does('burst', { host: '127.0.0.1', port, count: 250, parallel: 4, perSecond: 100 });
    const [warned] = await until(
      'a warning',
      async () => {
        const { open } = await findings(`rport=${port} netns=${narrow.netns}`);
        return open.length > 0 ? open : null;
      },
      30_000,
    );
    expect(warned).toMatchObject({ detector: 'time-wait-buildup', phase: 'open', subject: { type: 'port-pool', rport: port } });
    expect(warned?.evidence[0]?.figures).toMatchObject({ ports: 300 });
    await client.does('burst', { host: '127.0.0.1', port, count: 100, parallel: 1, perSecond: 200 }).catch(() => undefined);
    let refusedMs = Number.NaN;
    const [gone] = await until(
      'the end of ports',
      async () => {
        // Whoever is refused tries again, as clients do: of a single refusal the kernel may skip the one event that tells of it.
        refusedMs = await client.does('burst', { host: '127.0.0.1', port, count: 1, parallel: 1 }).then(
          () => Number.NaN,
          () => Date.now(),
        );
        const { open } = await findings(`rport=${port} netns=${narrow.netns}`);
        return (open[0]?.evidence[0]?.figures['refused'] ?? 0) > 0 ? open : null;
      },
      30_000,
    );
    expect(gone).toMatchObject({ id: warned?.id, severity: 'critical', confidence: sureOf(gone) });
    expect(Date.parse(gone?.at ?? '') - refusedMs).toBeLessThan(1000);
    // Right within a hundredth of what the kernel counts.
    const kernel = client.statistic('sockstat TCP tw');
    const ours = gone?.evidence.flatMap(({ figures }) => figures['timeWait'] ?? [])[0] ?? 0;
    expect(Math.abs(ours - kernel)).toBeLessThanOrEqual(Math.max(1, kernel / 100));
  });
});

describe('our own probes', () => {
  const found = (detector: string) => async () => (await findings('kind=finding')).open.find((one) => one.detector === detector) ?? null;

  it('that lose SYNs drift, and it is said that it was the way, not the far end', async () => {
    const drift = await until('a drift', found('probe-drift'), 30_000);
    expect(drift).toMatchObject({ subject: { type: 'probe', probe: lossy } });
    expect(drift?.summary).toContain('SYNs had to be sent again');
    expect(drift?.evidence[0]?.figures['meanMs']).toBeGreaterThan(900);
    expect(drift?.evidence[0]?.seqs.length).toBeGreaterThanOrEqual(3);
  });

  it('whose sockets live on after them are told by target, with the state that they stay in', async () => {
    const lingering = await until('a lingering socket', found('lingering-probe'), 30_000);
    expect(lingering).toMatchObject({ confidence: sureOf(lingering), subject: { type: 'probe', probe: deaf } });
    expect(lingering?.summary).toMatch(/FIN_WAIT1\) after the probe closed/);
  });
});

describe('a webhook', () => {
  it('was refused once, tried again under the same name, and has told each finding from its opening on, signed', async () => {
    const bodies = () => pager.deliveries.filter(({ status }) => status === 204).map(({ body }) => JSON.parse(body) as FindingWire);
    await until('a queue’s end', () => bodies().some(({ detector, phase }) => detector === 'accept-queue' && phase === 'resolved'), 60_000);
    const [first, ...rest] = pager.deliveries;
    const name = 'synoptic-delivery';
    expect(first?.status).toBe(503);
    const again = rest.find(({ headers }) => headers[name] === first?.headers[name]);
    expect(again).toMatchObject({ status: 204, body: first?.body });
    for (const { headers, body } of pager.deliveries) {
      expect(headers['synoptic-signature']).toBe(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
    }
    const ended = bodies().find(({ detector, phase }) => detector === 'accept-queue' && phase === 'resolved');
    const its = bodies().filter(({ id }) => id === ended?.id);
    expect(its[0]).toMatchObject({ kind: 'finding', phase: 'open' });
    expect(its.slice(1, -1).every(({ phase }) => phase === 'update')).toBe(true);
    // Once delivered, nothing is told twice.
    const names = pager.deliveries.filter(({ status }) => status === 204).map(({ headers }) => headers[name]);
    expect(new Set(names).size).toBe(names.length);
    const metrics = await pager.get(`${synoptic.url}/metrics`);
    expect(metrics).toMatch(/^synoptic_webhook_retries_total [1-9]/m);
    expect(metrics).toMatch(/^synoptic_webhook_findings_total\{outcome="delivered"\} [1-9]/m);
    expect(metrics).toMatch(/^synoptic_webhook_findings_total\{outcome="failed"\} 0$/m);
  }, 90_000);
});

describe('ordinary work', () => {
  it('is no finding: a busy server whose queue drains, and connections that it closes', async () => {
    const client = await queueing.actor();
    const server = await queueing.actor();
    const port = await server.number('serve', { host: '127.0.0.1' });
    await client.does('burst', { host: '127.0.0.1', port, count: 400, parallel: 16, perSecond: 400 });
    const { open, resolved } = await findings(`port=${port}`);
    expect([...open, ...resolved]).toEqual([]);
  });
});
