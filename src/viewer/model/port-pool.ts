import type { NetstackView } from '../../formats/netstack.ts';
import type { TimeWaitPool, TimeWaitView } from '../../formats/status.ts';
import { count, duration } from '../../formats/words/amount.ts';
import { rate } from '../words/rate.ts';

/** How many local ports the kernel may choose from for connections outwards. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
  readonly size: number;
}

/** `net.ipv4.ip_local_port_range` out of the netstack audit; null where it is not there. */
export function portRange(settings: NetstackView): PortRange | null {
  const found = settings.find(({ setting }) => setting === 'net.ipv4.ip_local_port_range');
  const [, low, high] = /^(\d+)\s+(\d+)$/.exec(found?.value ?? '') ?? [];
  return low === undefined || high === undefined ? null : { low: Number(low), high: Number(high), size: Number(high) - Number(low) + 1 };
}

/** One destination's pool: every four-tuple to it differs in nothing but the local port. */
export interface Gauge {
  readonly laddr: string;
  readonly raddr: string;
  readonly rport: number;
  readonly count: number;
  /** Ports there are; null where that is not known. */
  readonly ports: number | null;
  /** Of them, 0 to 1 and above where ports outside of the range are used, too; null where the range is not known. */
  readonly share: number | null;
  /** `full` from 85 %, `filling` from 60 % or where it is foretold that none is left: shown in words beside the bar. */
  readonly tone: 'calm' | 'filling' | 'full';
  /** When none is left at the present rate, or why that does not come. */
  readonly forecast: string;
  /** Left behind by our own probes. */
  readonly probes: number;
}

/** How long a four-tuple stays in TIME_WAIT, s (TCP_TIMEWAIT_LEN). */
const STAY_S = 60;

/**
 * The pools of local ports, the fullest first. The service counts only large ones by pool; smaller groups of it are pools whose rate nobody
 * counts. `range` stands in where a pool's own namespace was not read.
 */
export function gaugesOf({ pools, groups }: Pick<TimeWaitView, 'pools' | 'groups'>, range: PortRange | null): Gauge[] {
  const clients = pools.filter(({ side }) => side === 'client').map((pool) => gauge(pool, range));
  const known = new Set(clients.map(keyOf));
  const listening = new Set(pools.filter(({ side }) => side === 'server').map(({ laddr }) => laddr));
  const small = groups
    // Those of a listening port that is told as a pool of its own hold none of our ports.
    .filter((group) => !known.has(keyOf(group)) && !(group.count === 1 && listening.has(group.laddr)))
    .map((group) => gauge({ ...NOTHING, ...group, ports: null }, range));
  return [...clients, ...small].sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || b.count - a.count);
}

const NOTHING = { perSecond: null, exhaustedInS: null, reuses: null, probes: 0, entered: 0 };

type Counted = Pick<TimeWaitPool, 'laddr' | 'raddr' | 'rport' | 'count' | 'ports' | 'perSecond' | 'exhaustedInS' | 'reuses' | 'probes'>;

function gauge(pool: Counted, range: PortRange | null): Gauge {
  const { laddr, raddr, rport, count: waiting, probes } = pool;
  const ports = pool.ports ?? range?.size ?? null;
  const share = ports === null || ports === 0 ? null : waiting / ports;
  const foretold = pool.exhaustedInS !== null && pool.reuses !== true;
  const tone = share !== null && share >= 0.85 ? 'full' : foretold || (share !== null && share >= 0.6) ? 'filling' : 'calm';
  return { laddr, raddr: raddr ?? '', rport: rport ?? 0, count: waiting, ports, share, tone, forecast: forecastOf(pool, ports), probes };
}

/** In words a tired person takes no hope from that is not there. */
function forecastOf({ count: waiting, perSecond, exhaustedInS, reuses }: Counted, ports: number | null): string {
  if (perSecond === null) return waiting < 16 ? 'too few to foretell from' : 'no rate yet: it is looked at once a second';
  const { entered, left } = perSecond;
  const flow = `${rate(entered)}/s enter, ${rate(left)}/s leave`;
  if (ports === null) return `${flow}; how many ports there are is not known`;
  if (waiting >= ports) return `none is left · ${flow}`;
  if (reuses === true) return `not used up: tcp_tw_reuse gives ports back after 1 s · ${flow}`;
  if (exhaustedInS !== null) return `none is left in ${duration(exhaustedInS * 1e6)} at this rate · ${flow}`;
  if (entered > 0 && entered * STAY_S <= ports) {
    return `not used up at this rate: each port comes back after 60 s, so it stays below ${count(Math.ceil(entered * STAY_S))} · ${flow}`;
  }
  return entered === 0 ? `draining: nobody enters · ${flow}` : `not used up at this rate: as many leave as enter · ${flow}`;
}

function keyOf({ laddr, raddr, rport }: { laddr: string; raddr: string | null; rport: number | null }): string {
  return `${laddr} ${raddr} ${rport}`;
}
