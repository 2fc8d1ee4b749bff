import { type Advice, advice, type Evidence, evidence, subject } from '../model/finding.ts';
import type { Rates } from '../track/pool-rates.ts';
import type { Pool } from '../track/pools.ts';
import type { Settings } from './settings.ts';
import type { Told } from './standing.ts';
import { end, owner, percent, whole } from './words.ts';

/** How a client's ports towards one destination stand. */
export interface PoolState {
  readonly netns: number | null;
  readonly laddr: string;
  readonly raddr: string;
  readonly rport: number;
  readonly pool: Pool | null;
  /** Ports there are; null where the range was not read. */
  readonly ports: number | null;
  /** TIME_WAIT entries, exits and reuses a second, over the last seconds. */
  readonly rates: Rates;
  /** Seconds until no port is left at the present rate; null where it does not come to that, or nobody can say. */
  readonly exhaustedInS: number | null;
  /** Whether tcp_tw_reuse gives ports back after a second. */
  readonly reuses: boolean;
  /** Refusals (EADDRNOTAVAIL) in the last seconds, and their events. */
  readonly refused: Refused | null;
}

export interface Refused {
  count: number;
  seqs: number[];
  firstNs: number;
  lastNs: number;
  netns: number | null;
  laddr: string;
  raddr: string;
  rport: number;
  comm: string | null;
  pid: number | null;
}

/** The widest range that leaves the system's own ports alone. */
const WIDE = { from: 1024, to: 65535 };

/** A client's ports towards one destination. */
export function tellPool(state: PoolState, settings: Settings, population: { timeWait: number; kernel: number | null }): Told {
  const { netns, laddr, raddr, rport, pool, ports, refused } = state;
  const who = owner(pool?.comm ?? refused?.comm ?? null, pool?.pid ?? refused?.pid ?? null);
  const { pid, comm } = pool?.pid != null ? pool : (refused ?? { pid: null, comm: null });
  return {
    subject: subject('port-pool', { netns, laddr, raddr, rport, pid, comm }),
    summary: poolSummary(state, who),
    evidence: poolEvidence(state, population),
    against: poolAgainst(state),
    advice: poolAdvice(state, settings, who, ports),
  };
}

function poolSummary({ laddr, raddr, rport, pool, ports, exhaustedInS, reuses, refused }: PoolState, who: string): string {
  const to = end(raddr, rport);
  const count = pool?.count ?? 0;
  const held = ports === null ? `${whole(count)} local ports` : `${whole(count)} of ${whole(ports)} local ports`;
  if (refused !== null) {
    const mostly = ports !== null && count >= ports / 2;
    const why = mostly ? `${held} are in TIME_WAIT` : `only ${whole(count)} are in TIME_WAIT, so live connections hold the rest`;
    return `No local port is left from ${laddr} to ${to}: connect() of ${who} is refused (EADDRNOTAVAIL); ${why}.`;
  }
  if (reuses) return `${held} from ${laddr} to ${to} are in TIME_WAIT; tcp_tw_reuse gives them back after a second, so connect() goes on.`;
  const soon = exhaustedInS === null ? '' : `; at this rate none is left in ${whole(exhaustedInS)} s`;
  return `${held} from ${laddr} to ${to} are in TIME_WAIT, because ${who} opens and closes a connection each time${soon}.`;
}

function poolEvidence(
  { pool, ports, rates, exhaustedInS, refused }: PoolState,
  { timeWait, kernel }: { timeWait: number; kernel: number | null },
): Evidence[] {
  const pieces: Evidence[] = [];
  if (refused !== null) {
    const times = refused.count === 1 ? 'once' : `${whole(refused.count)} times`;
    pieces.push(
      evidence(
        `connect() went CLOSE → SYN_SENT → CLOSE without ever getting a local port, ${times}: EADDRNOTAVAIL and nothing else does that.`,
        { refused: refused.count },
        refused.seqs,
      ),
    );
  }
  const count = pool?.count ?? 0;
  const share = ports === null || ports === 0 ? null : count / ports;
  pieces.push(
    evidence(
      `${whole(count)} four-tuples towards this destination are in TIME_WAIT${share === null ? '' : `, ${percent(share)} of the ports`}.`,
      {
        timeWait: count,
        ...(ports === null ? {} : { ports }),
        ...(share === null ? {} : { share }),
      },
    ),
  );
  const { entered, left, reused } = rates;
  const foretold: Readonly<Record<string, number>> = exhaustedInS === null ? {} : { exhaustedInSeconds: exhaustedInS };
  pieces.push(
    evidence(
      `${entered} a second enter TIME_WAIT and ${left} leave it, ${reused} of those because a new socket took the four-tuple over.`,
      {
        enteredPerSecond: entered,
        leftPerSecond: left,
        reusedPerSecond: reused,
        ...foretold,
      },
    ),
  );
  pieces.push(evidence(`This host is the active closer: it opened these connections and sent the first FIN.`));
  if (kernel !== null) {
    pieces.push(
      evidence(`In the whole namespace the ledger has ${whole(timeWait)}, the kernel’s own count (sockstat) is ${whole(kernel)}.`, {
        ledger: timeWait,
        sockstat: kernel,
      }),
    );
  }
  return pieces;
}

function poolAgainst({ pool, reuses, refused, ports }: PoolState): Evidence[] {
  const pieces: Evidence[] = [];
  const count = pool?.count ?? 0;
  const probes = pool?.probes ?? 0;
  if (probes > 0) {
    pieces.push(
      evidence(`${whole(probes)} of them (${percent(probes / Math.max(1, count))}) are left by Synoptic’s own probes.`, { probes }),
    );
  }
  if (reuses && refused === null) {
    pieces.push(evidence('tcp_tw_reuse lets connect() take over what has been in TIME_WAIT for a second: a full pool refuses nobody.'));
  }
  if (refused !== null && ports !== null && count < ports / 2) {
    pieces.push(
      evidence('TIME_WAIT is not what holds most of the ports: look for live connections to this destination that pile up.', {
        timeWait: count,
        ports,
      }),
    );
  }
  pieces.push(evidence('Other destinations have all their ports, except for sockets that bind() a port before they connect.'));
  return pieces;
}

function poolAdvice({ netns, laddr, raddr, rport, reuses }: PoolState, settings: Settings, who: string, ports: number | null): Advice[] {
  const check = `ss -tanH state time-wait src ${laddr} dst ${end(raddr, rport)} | wc -l`;
  const pieces = [
    advice(`Let ${who} keep connections open and use them again (keep-alive, a pool): that costs idle sockets and ends the cause.`, {
      check,
    }),
  ];
  const reuse = settings.text(netns, 'ipv4.tcp_tw_reuse');
  if (!reuses && reuse !== '1') {
    const words =
      'Let connect() take over four-tuples after one second. It needs timestamps at both ends; middleboxes that rewrite them break it.';
    pieces.push(advice(words, { setting: 'net.ipv4.tcp_tw_reuse', from: reuse, to: '1', check: 'sysctl net.ipv4.tcp_tw_reuse' }));
  }
  const range = settings.text(netns, 'ipv4.ip_local_port_range');
  if (ports !== null && ports < 0.8 * (WIDE.to - WIDE.from)) {
    const most = WIDE.to - WIDE.from + 1;
    const words = `Widen the port range from ${whole(ports)} to ${whole(most)} ports, ${(most / Math.max(1, ports)).toFixed(1)} times as many; reserve those that services listen on.`;
    const to = `${WIDE.from} ${WIDE.to}`;
    pieces.push(advice(words, { setting: 'net.ipv4.ip_local_port_range', from: range, to, check: 'sysctl net.ipv4.ip_local_port_range' }));
  }
  return pieces;
}

/** A listener whose own side closes first. */
export function tellServer(pool: Pool, rates: Rates): Told {
  const { netns, laddr, lport, count, pid, comm } = pool;
  const who = owner(comm, pid);
  return {
    subject: subject('service', { netns, laddr, lport, pid, comm }),
    summary: `${whole(count)} connections that ${end(laddr, lport)} accepted are in TIME_WAIT: ${who} closes first.`,
    evidence: [
      evidence(`${rates.entered} a second enter TIME_WAIT at this port, ${rates.left} leave it.`, {
        timeWait: count,
        enteredPerSecond: rates.entered,
        leftPerSecond: rates.left,
        reusedPerSecond: rates.reused,
      }),
    ],
    against: [evidence('At the accepting side TIME_WAIT holds no local port: it costs memory (some 250 bytes each) and nothing else.')],
    advice: [
      advice('Let the client close first, or keep connections open for more than one request.', {
        check: `ss -tanH state time-wait sport = :${lport} | wc -l`,
      }),
    ],
  };
}

/** The kernel's bound on TIME_WAIT in a namespace. */
export function tellBuckets(now: { netns: number | null; timeWait: number; max: number | null; overflowed: number }): Told {
  const { netns, timeWait, max, overflowed } = now;
  const of = max === null ? '' : ` of ${whole(max)} (tcp_max_tw_buckets)`;
  const summary =
    overflowed > 0
      ? `TIME_WAIT overflows: ${whole(overflowed)} connections were forgotten at once instead of after a minute; ${whole(timeWait)}${of} are in it.`
      : `${whole(timeWait)}${of} TIME_WAIT entries are taken: what comes beyond is forgotten at once.`;
  const pieces = [evidence(`sockstat counts ${whole(timeWait)} in this namespace.`, { timeWait, ...(max === null ? {} : { max }) })];
  if (overflowed > 0) pieces.unshift(evidence(`TCPTimeWaitOverflow rose by ${whole(overflowed)}.`, { overflowed }));
  const to = max === null ? null : String(max * 2);
  return {
    subject: subject('namespace', { netns }),
    summary,
    evidence: pieces,
    against: [evidence('Nothing is refused by this. A late segment of a forgotten connection may hit a new one with the same four-tuple.')],
    advice: [
      advice('Raise it where memory allows, some 250 bytes an entry; better, find who opens and closes so many connections.', {
        setting: 'net.ipv4.tcp_max_tw_buckets',
        from: max === null ? null : String(max),
        to,
        check: 'nstat -az TcpExtTCPTimeWaitOverflow',
      }),
    ],
  };
}
