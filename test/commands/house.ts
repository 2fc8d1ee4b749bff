import type { Input, StartInput } from '../../src/core/model/input.ts';
import { MOMENTS, type Moments, type ProbeAttempt } from '../../src/core/model/probe.ts';
import type { CaptureHeader, Note } from '../../src/formats/capture/header.ts';
import { print, transition } from '../core/lines.ts';

/** A house that talks of itself wherever a capture lets it: each of these must be gone from what leaves it. */
export const SECRETS = {
  addresses: ['203.0.113.77', '10.20.30.41', '10.20.30.42', '2001:db8:77::15', 'fe80::42:acff:fe11:2'],
  links: ['02:0c:56:6a:99:e9', '02:0c:56:6a:99:ea'],
  processes: ['acme-payd', 'acme-worker', 'zahlung-é'],
  names: [
    ...[
      'db7.corp.example',
      'shop.corp.example',
      'billing',
      'alice',
      'hunter2',
      's3cret',
      'acmecorp',
      'Acme Root',
      'enp3s0acme',
      'vethacme',
    ],
    ...[
      '/home/alice',
      'hooks.corp.example',
      '4711aaaa-bbbb-4ccc-8ddd-eeeeffff0000',
      'run-of-acme',
      'Fire at Acme',
      'acme_cc',
      '2031-02-03',
    ],
  ],
  /** As they stand in bpftrace’s output. */
  packed: ['4d7100cb', '291e140a', '020c566a99e9', '020c566a99ea', hex('acme-payd'), hex('zahlung-é')],
  /** Low bits of the kernel’s pointers. */
  pointers: ['123456789abc0', '987654321def0'],
};

function hex(name: string): string {
  return Buffer.from(name, 'utf8').toString('hex');
}

const T0 = 1e12;
const WALL = 1_795_000_000_000_000;
const NETNS = 4_026_531_833;
const [PUBLIC = '', NEAR = '', FAR = '', V6 = '', LOCAL6 = ''] = SECRETS.addresses;

export const start: StartInput = {
  type: 'start',
  atNs: T0,
  wallUs: WALL,
  host: 'db7.corp.example',
  kernel: '6.8.0-acmecorp-31',
  netns: NETNS,
  dropReasons: { 2: 'NOT_SPECIFIED', 3: 'acmecorp was here' },
  resetReasons: {},
  canaryPort: 39_999,
  pid: 99,
};

const moments = Object.fromEntries(MOMENTS.map((name, index) => [name, T0 + 1e9 + index * 1e6])) as unknown as Moments;

const ATTEMPT: ProbeAttempt = {
  target: 'https://alice@shop.corp.example:8443/billing?token=s3cret',
  protocol: 'http',
  attempt: 1,
  reason: 'scheduled',
  requestId: '4711aaaa-bbbb-4ccc-8ddd-eeeeffff0000',
  plannedNs: T0 + 1e9,
  wallUs: WALL + 1e6,
  timeoutMs: 1000,
  moments,
  loop: { lastFreeNs: T0, lagNs: 0, stalls: [{ fromNs: T0, toNs: T0 + 1, busyNs: 1 }], gcPauses: [] },
  addresses: [FAR, V6],
  laddr: NEAR,
  lport: 40_000,
  raddr: FAR,
  rport: 8443,
  bytesSent: 10,
  bytesReceived: 20,
  tls: {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    subject: 'shop.corp.example',
    issuer: 'Acme Root',
    validTo: '2031-02-03T04:05:06.000Z',
    fault: 'altnames: DNS:shop.corp.example',
  },
  pooled: { reused: false, openedNs: T0, beat: 1, replaced: 'alice closed it' },
  socket: {
    options: [{ name: 'SO_KEEPALIVE', asked: 1, applied: null, why: '/home/alice/koffi.node' }],
    fastOpen: null,
    info: null,
    why: '/home/alice/koffi.node',
  },
  answer: null,
  failure: { cause: 'wrong-answer', during: 'answer', code: 'ACMECORP', words: 'HTTP 500: hunter2 of alice at 203.0.113.77' },
};

/** Lines of bpftrace’s that name everybody. */
const LINES = [
  print(
    transition({
      from: 'CLOSE',
      to: 'SYN_SENT',
      ns: T0,
      skaddr: 0x123456789abc0,
      laddr: NEAR,
      raddr: PUBLIC,
      lport: 0,
      netns: NETNS,
      pid: 7,
      comm: 'acme-payd',
    }),
  ),
  print(
    transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: T0 + 1e6, skaddr: 0x123456789abc0, laddr: NEAR, raddr: PUBLIC, netns: NETNS }),
  ),
  print(
    transition({
      from: 'CLOSE',
      to: 'SYN_SENT',
      ns: T0 + 2e6,
      skaddr: 0x987654321def0,
      laddr: LOCAL6,
      raddr: V6,
      lport: 0,
      netns: NETNS,
      pid: 8,
      comm: 'zahlung-é',
    }),
  ),
  `N e8d4a51000 2 ${FAR} enp3s0acme 6 1 2 020c566a99e9 020c566a99ea`,
  `E e8d4a51000 104 ::ffff:${NEAR} 40000 ::ffff:${PUBLIC} 80`,
  'WARNING: cannot read /home/alice/.bpftracerc',
  'alice typed this by mistake',
].join('\n');

const atNs = T0 + 2e9;

/** What the house was observed to do. */
export const inputs: readonly Input[] = [
  start,
  {
    type: 'kernel-up',
    atNs: T0,
    version: '0.27.1',
    hooks: [
      { fact: 'sock-state', script: 'sock-state', lack: null },
      { fact: 'drop', script: null, lack: 'drop: cannot open /home/alice/vmlinux' },
      { fact: 'reset', script: null, lack: 'reset: no tracepoint tcp:tcp_send_reset; reset-kprobe: needs bpftrace 0.23' },
    ],
  },
  { type: 'kernel', atNs: T0 + 3e6, text: `${LINES.slice(0, 77)}` },
  { type: 'kernel', atNs: T0 + 4e6, text: `${LINES.slice(77)}\nE torn by alice` },
  {
    ...{ type: 'sockets', fromNs: atNs, atNs, netns: NETNS },
    sockets: [
      { laddr: NEAR, lport: 5432, raddr: FAR, rport: 50_000, state: 'ESTABLISHED', pid: 7, comm: 'acme-worker', remainingMs: null },
    ],
  },
  {
    ...{ type: 'queues', fromNs: atNs, atNs, netns: NETNS, leftOut: 0 },
    listeners: [{ laddr: NEAR, lport: 5432, waiting: 0, backlog: 128 }],
    waiting: [
      {
        ...{ laddr: NEAR, lport: 5432, raddr: FAR, rport: 50_000, state: 'ESTABLISHED', recvQ: 1, sendQ: 0, owned: true },
        timer: { kind: 'on', ms: 200, backoff: 1 },
        info: null,
      },
    ],
  },
  { type: 'sysctls', atNs, netns: NETNS, values: { 'ipv4.ip_local_port_range': '32768 60999', 'ipv4.tcp_congestion_control': 'acme_cc' } },
  { type: 'dialled', atNs, target: ATTEMPT.target, attempt: 1, laddr: NEAR, lport: 40_000, raddr: FAR, rport: 8443 },
  { type: 'probe', atNs, attempt: ATTEMPT, standing: { health: 'weak', suspect: true, misses: 1 } },
  {
    type: 'probe',
    atNs,
    attempt: { ...ATTEMPT, attempt: 2, failure: null, answer: 'hello alice' },
    standing: { health: 'weak', suspect: false, misses: 0 },
  },
  { type: 'unsampled', atNs, why: 'nsenter into vethacme failed: /home/alice' },
  { type: 'tick', atNs: atNs + 1e9, wallUs: WALL + 3e6 },
  { type: 'kernel-down', atNs: atNs + 1e9, reason: 'bpftrace ended with status 1 (cannot open /home/alice)' },
  { type: 'tick', atNs: atNs + 2e9, wallUs: WALL + 4e6 },
];

export const header: Partial<CaptureHeader> = {
  run: 'run-of-acme',
  title: 'Fire at Acme',
  configuration: {
    listen: { host: '203.0.113.77', port: 7373 },
    data: '/home/alice/data',
    user: 'alice',
    webhook: { url: 'https://hooks.corp.example/s3cret' },
    detect: { 'accept-queue': { fullLooks: 3 } },
  },
  sysctls: [
    { setting: 'net.ipv4.tcp_fin_timeout', value: '60', default: '60', concern: 'Sixty seconds.', advice: null, severity: 'ok' },
    {
      setting: 'net.ipv4.conf.all.rp_filter',
      value: '1',
      default: '0',
      concern: 'Strict on enp3s0acme, vethacme',
      advice: 'See vethacme',
      severity: 'info',
    },
    {
      setting: 'net.ipv4.tcp_congestion_control',
      value: 'acme_cc',
      default: 'cubic',
      concern: 'acme_cc it is',
      advice: null,
      severity: 'info',
    },
  ],
};

export const note: Note = { at: '2026-11-21T03:15:00.000000Z', text: 'alice restarted billing on db7.corp.example' };
