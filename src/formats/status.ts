import { z } from 'zod';
import { TCP_STATES } from '../core/model/tcp-state.ts';
import { OwnerWire } from './owner.ts';
import { Probing } from './probes.ts';
import { ReplayState } from './replay.ts';

/**
 * How the observation itself is going: `GET /api/v1/status`, the live stream's status message, the viewer's header.
 * It must never look healthier than it is: `observing` is said only while the kernel is heard.
 */
export const HookStatus = z.strictObject({
  fact: z.string().meta({ description: 'What it observes: sock-state, retransmit, reset, drop, socket-error, neighbour' }),
  script: z.string().nullable().meta({ description: 'The attached script in bpf/, without .bt; null where none could attach' }),
  lack: z.string().nullable().meta({ description: 'Why none could attach, or what this variant cannot tell' }),
});

export const Completeness = z.strictObject({
  complete: z.boolean().meta({ description: 'True while nothing is known to be missing since the start' }),
  gaps: z.int().nonnegative().meta({ description: 'Gap events so far' }),
  lost: z.int().nonnegative().meta({ description: 'Records known lost, all causes, where the number is known' }),
  shed: z.int().nonnegative().meta({ description: 'Records not sent on purpose' }),
  blindMs: z.number().nonnegative().meta({ unit: 'ms', description: 'Time without a running bpftrace since the first start' }),
  undecodable: z.int().nonnegative().meta({ description: 'Lines that were no record' }),
  late: z.int().nonnegative().meta({ description: 'Records that came after a later one had been handled' }),
  evicted: z
    .int()
    .nonnegative()
    .meta({ description: 'Tracked sockets and entries of the TIME_WAIT ledger forgotten to keep memory bounded' }),
});

const cores = z.number().nonnegative().nullable();
const bytes = z.number().nonnegative().nullable();
const cpuSeconds = z.number().nonnegative().nullable();

/** What the observer itself costs, and how far behind it is. Rates are over the last 5 s; null where a figure is not known. */
export const Observer = z.strictObject({
  cpuCores: cores.meta({
    unit: 'cores',
    description: 'CPU that bpftrace, Node and their commands use. Programs in the kernel run on the time of those they observe: not in it',
  }),
  memoryBytes: bytes.meta({ unit: 'B', description: 'Resident memory of bpftrace and Node together; pages that they share count twice' }),
  bpftrace: z.strictObject({
    pid: z.int().positive().nullable().meta({ description: 'Null while none runs' }),
    cpuCores: cores.meta({ unit: 'cores', description: 'User and system time per second; null where /proc hides it' }),
    cpuSeconds: cpuSeconds.meta({ unit: 's', description: 'The same since the start of Synoptic, restarts included' }),
    rssBytes: bytes.meta({ unit: 'B', description: '0 while none runs' }),
  }),
  node: z.strictObject({
    cpuCores: cores.meta({ unit: 'cores', description: 'All threads' }),
    cpuSeconds: cpuSeconds.meta({ unit: 's' }),
    rssBytes: bytes.meta({ unit: 'B' }),
  }),
  commands: z
    .strictObject({
      cpuCores: cores.meta({ unit: 'cores' }),
      cpuSeconds: cpuSeconds.meta({ unit: 's' }),
    })
    .meta({ description: 'ss and nsenter, which Node runs to sample other network namespaces; counted once they have ended' }),
  output: z
    .strictObject({
      lines: z.int().nonnegative().meta({ description: 'Since the start' }),
      linesPerSecond: z.number().nonnegative().nullable(),
      bytes: z.int().nonnegative().meta({ unit: 'B', description: 'Since the start' }),
      bytesPerSecond: z.number().nonnegative().nullable().meta({ unit: 'B/s' }),
    })
    .nullable()
    .meta({ description: 'What bpftrace wrote and Node has read; null where there is none, as in a recording' }),
  loop: z
    .strictObject({
      p50Ms: z.number().nonnegative().meta({ unit: 'ms' }),
      p99Ms: z.number().nonnegative().meta({ unit: 'ms' }),
      maxMs: z.number().nonnegative().meta({ unit: 'ms' }),
    })
    .nullable()
    .meta({ description: 'How late the thread that reads bpftrace came to its work, over the last whole 5 s' }),
  order: z.strictObject({
    waiting: z.int().nonnegative().meta({ description: 'Records held until those of other CPUs must have come' }),
    holdMs: z.number().nonnegative().meta({ unit: 'ms', description: 'How long each is held at least' }),
  }),
  live: z
    .strictObject({
      clients: z.int().nonnegative().meta({ description: 'Connected to /live' }),
      waitingEvents: z.int().nonnegative().meta({ description: 'Not yet handed to a socket, all clients' }),
      waitingBytes: z
        .int()
        .nonnegative()
        .meta({ unit: 'B', description: 'Queued for clients or in their sockets, all clients; what many wait for counts once for each' }),
      missed: z.int().nonnegative().meta({ description: 'Events that slow clients did not get, since the start' }),
    })
    .nullable()
    .meta({ description: 'Null where nothing is served' }),
  share: z
    .int()
    .positive()
    .meta({ description: 'One socket in so many is told one by one; 1: every socket. The others are counted, see completeness.shed' }),
});
export type Observer = z.infer<typeof Observer>;

export const Status = z.strictObject({
  version: z.string(),
  host: z.string(),
  kernel: z.string(),
  mode: z.enum(['live', 'demo', 'replay']).meta({
    description: '`replay`: a capture is being replayed, not this machine; `demo`: the one that comes with Synoptic, over and over',
  }),
  bpftrace: z.string().nullable().meta({ description: 'Version; null before it is known' }),
  phase: z.enum(['starting', 'observing', 'blind', 'ended']),
  reason: z.string().nullable().meta({ description: 'Why it is blind or ended, in plain words' }),
  startedAt: z.iso.datetime({ precision: 6 }),
  lastRecordAt: z.iso
    .datetime({ precision: 6 })
    .nullable()
    .meta({ description: 'The last line heard from the kernel, heartbeats included' }),
  hooks: z.array(HookStatus),
  events: z.strictObject({
    total: z.int().nonnegative(),
    perSecond: z.number().nonnegative(),
    byKind: z.record(z.string(), z.int().nonnegative()),
  }),
  completeness: Completeness,
  sockets: z.strictObject({
    tracked: z.int().nonnegative(),
    cap: z.int().positive(),
    byState: z
      .partialRecord(z.enum(TCP_STATES), z.int().nonnegative())
      .meta({ description: 'TIME_WAIT is inferred, unless a hook tells it' }),
  }),
  timeWait: z.strictObject({
    inferred: z.int().nonnegative().meta({ description: 'Our ledger, over the namespaces that are sampled' }),
    kernel: z.int().nonnegative().nullable().meta({ description: '/proc/net/sockstat tw, same namespaces; counts orphaned FIN_WAIT2 too' }),
    orphanFinWait2: z.int().nonnegative().meta({ description: 'Orphaned FIN_WAIT2 mini-sockets, inferred' }),
  }),
  probes: Probing.nullable().meta({ description: 'Null where nothing could be probed: a recording plays' }),
  owners: z
    .strictObject({
      found: z.int().nonnegative().meta({ description: 'Processes that were new' }),
      still: z.int().nonnegative().meta({ description: 'Looks that found the process told last' }),
      gone: z.int().nonnegative().meta({ description: 'Ended before they could be looked at' }),
      hidden: z.int().nonnegative().meta({ description: '/proc does not show them to us' }),
      unread: z.int().nonnegative().meta({ description: 'Not looked at: too many at once' }),
    })
    .nullable()
    .meta({
      description: 'How often /proc was asked who owns a socket, by its answer; null in a recording or in a pid namespace of our own',
    }),
  replay: ReplayState.nullable().meta({
    description: 'Where a replay stands, and whether it plays; null where nobody may steer: live, and the demo',
  }),
  observer: Observer,
  clock: z.strictObject({
    offsetNs: z
      .number()
      .nullable()
      .meta({ unit: 'ns', description: "bpftrace's clock minus CLOCK_MONOTONIC; null before the first canary" }),
    errorNs: z.number().nonnegative().nullable().meta({ unit: 'ns', description: 'Bound of that' }),
  }),
});
export type Status = z.infer<typeof Status>;

/** One row of `GET /api/v1/connections` and of a snapshot. */
export const Connection = z.strictObject({
  sock: z.int().positive(),
  netns: z.int().positive().nullable().meta({ description: 'Null where the script cannot tell (no BTF)' }),
  family: z.union([z.literal(4), z.literal(6)]),
  laddr: z.string(),
  lport: z.int(),
  raddr: z.string(),
  rport: z.int(),
  state: z.enum(TCP_STATES),
  sinceNs: z.string().regex(/^\d+$/).nullable().meta({ description: 'When it entered this state; null where that was not seen' }),
  pid: z.int().positive().nullable(),
  comm: z.string().nullable(),
  owner: OwnerWire.nullable().meta({ description: 'Where the owner runs; null where that is not known (yet), or never was looked up' }),
  netnsName: z.string().nullable(),
  origin: z.enum(['active', 'passive', 'seeded']).nullable(),
  probe: z.string().nullable(),
  retransmits: z.int().nonnegative().meta({ description: 'Retransmissions seen in its life' }),
});
export type Connection = z.infer<typeof Connection>;
/** What a FILTER looks at in one. */
export type Listed = Pick<Connection, 'netns' | 'laddr' | 'lport' | 'raddr' | 'rport' | 'state' | 'pid' | 'comm' | 'owner' | 'netnsName'>;

/** `GET /api/v1/connections`: the tracked connections that fit, in the order in which they were first seen. */
export const ConnectionPage = z.strictObject({
  seq: z.int().nonnegative().meta({ description: 'The last event before the list was begun: contained in it, as some later ones may be' }),
  filter: z.string().meta({ description: 'The FILTER that was applied, in its canonical form' }),
  total: z.int().nonnegative().meta({ description: 'Connections that fit, on all pages' }),
  connections: z.array(Connection),
  next: z.int().positive().nullable().meta({ description: 'What to give as `after` for the next page; null on the last' }),
});
export type ConnectionPage = z.infer<typeof ConnectionPage>;

/** Steps of age in a group: twelve of 5 s make up Linux's fixed 60 s (TCP_TIMEWAIT_LEN). */
export const TIME_WAIT_AGES = 12;

/** Four-tuples in TIME_WAIT that differ in nothing but the local port: the pool that a client connecting to that peer draws from. */
export const TimeWaitGroup = z.strictObject({
  netns: z.int().positive().nullable(),
  laddr: z.string(),
  raddr: z.string(),
  rport: z.int().min(0).max(65535),
  count: z.int().positive(),
  oldestMs: z.number().nonnegative().meta({ unit: 'ms', description: 'Age of the one that entered TIME_WAIT first' }),
  newestMs: z.number().nonnegative().meta({ unit: 'ms', description: 'Age of the one that entered it last' }),
  ages: z
    .array(z.int().nonnegative())
    .length(TIME_WAIT_AGES)
    .meta({ description: 'How many by age, in twelve steps of 5 s; the last holds older ones, too' }),
});
export type TimeWaitGroup = z.infer<typeof TimeWaitGroup>;

/** What makes TIME_WAIT scarce, see core/track/pools.ts: a client's ports towards one destination, or a server's listening port. */
export const TimeWaitPool = z.strictObject({
  side: z
    .enum(['client', 'server'])
    .meta({ description: 'client: this host opened and closed first; server: it accepted and closed first' }),
  netns: z.int().positive().nullable(),
  laddr: z.string(),
  lport: z.int().min(0).max(65535).nullable().meta({ description: 'The listening port; null for a client, whose ports differ' }),
  raddr: z.string().nullable().meta({ description: 'The destination; null for a server, whose peers differ' }),
  rport: z.int().min(0).max(65535).nullable(),
  count: z.int().nonnegative().meta({ description: 'In TIME_WAIT now' }),
  probes: z.int().nonnegative().meta({ description: 'Of those, left behind by our own probes' }),
  entered: z.int().nonnegative().meta({ description: 'Since the pool was last empty' }),
  left: z.int().nonnegative(),
  reused: z.int().nonnegative().meta({ description: 'Of those that left, taken over by a new socket' }),
  ports: z.int().nonnegative().nullable().meta({ description: 'A client’s ports there are: range minus reserved; null where not read' }),
  perSecond: z
    .strictObject({ entered: z.number().nonnegative(), left: z.number().nonnegative(), reused: z.number().nonnegative() })
    .nullable()
    .meta({ description: 'Over the last 10 s; null before the pool was looked at twice, which is once a second' }),
  exhaustedInS: z.number().nonnegative().nullable().meta({
    unit: 's',
    description:
      'Until no port is left at this rate; null where it does not come to that, or nobody can say: each port comes back after 60 s',
  }),
  reuses: z.boolean().nullable().meta({
    description: 'Whether tcp_tw_reuse gives a client’s ports back after a second, so that a full pool refuses nobody; null for a server',
  }),
});
export type TimeWaitPool = z.infer<typeof TimeWaitPool>;

/** `GET /api/v1/time-wait`: the ledger. No tracepoint tells of TIME_WAIT, so counts are inferred where no kprobe does, and stand beside the kernel's own. */
export const TimeWaitView = z.strictObject({
  namespaces: z.array(
    z.strictObject({
      netns: z.int().positive().nullable(),
      inferred: z.int().nonnegative(),
      kernel: z.int().nonnegative().nullable().meta({ description: '/proc/net/sockstat tw; null where that namespace is not sampled' }),
    }),
  ),
  groups: z.array(TimeWaitGroup).meta({ description: 'The largest first' }),
  pools: z.array(TimeWaitPool).meta({ description: 'Those of at least 16 four-tuples, the largest first, at most 200' }),
  groupsTotal: z.int().nonnegative().meta({ description: 'Groups there are; only the largest are listed' }),
});
export type TimeWaitView = z.infer<typeof TimeWaitView>;
