import { type Advice, advice, type Evidence, evidence, subject } from '../model/finding.ts';
import type { Sock } from '../track/sock.ts';
import type { Settings } from './settings.ts';
import { type Peer, type Stall, unanswered } from './stall.ts';
import type { Told } from './standing.ts';
import { end, owner, whole } from './words.ts';

/** Connections without anything under way: their kernel cannot know whether the other end is there. */
export interface Idle {
  total: number;
  /** The first few. */
  readonly some: Sock[];
}

export interface Silence {
  readonly peer: Peer;
  readonly flows: readonly Stall[];
  readonly firm: boolean;
  /** Connections that the kernel gave up. */
  readonly dead: number;
  /** Established ones to the same address, those that stall too; null where they were not counted yet. */
  readonly idle: Idle | null;
}

/** A target that our probes do not reach, while connections to it are there. */
export interface Doubt {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  readonly target: string;
  readonly misses: number;
  readonly seqs: readonly number[];
  readonly sinceNs: number;
  readonly lastNs: number;
}

export function tellSilence(silence: Silence, settings: Settings): Told {
  const { peer, flows, dead } = silence;
  const [one] = flows;
  const ports = new Set(flows.map(({ rport }) => rport));
  const owners = new Set(flows.map(({ pid }) => pid));
  const { pid = null, comm = null } = owners.size === 1 ? (one ?? {}) : {};
  return {
    subject: subject('peer', {
      ...{ netns: peer.netns, raddr: peer.raddr, rport: ports.size === 1 ? (one?.rport ?? null) : null, pid, comm },
      sockets: flows.map(({ sock, laddr, lport, raddr, rport }) => ({ sock, laddr, lport, raddr, rport })),
      socketsTotal: flows.length,
    }),
    summary: summaryOf(silence),
    evidence: evidenceOf(silence),
    against: againstOf(silence),
    advice: adviceOf(peer, one ?? null, dead, settings),
  };
}

function summaryOf({ peer, flows, firm, dead }: Silence): string {
  const { raddr } = peer;
  if (flows.length === 0) {
    const why = peer.deadHow === 'keep-alive' ? 'its keep-alive probes went unanswered' : 'nothing was acknowledged';
    return `${raddr} is gone: the kernel gave ${whole(dead)} connection${dead === 1 ? '' : 's'} to it up (ETIMEDOUT), because ${why}.`;
  }
  const many =
    flows.length === 1
      ? `The connection of ${owner(flows[0]?.comm ?? null, flows[0]?.pid ?? null)} to`
      : `${whole(flows.length)} connections to`;
  const is = flows.length === 1 ? 'is' : 'are';
  if (flows.every(({ unsent }) => unsent > 0)) {
    return `${many} ${raddr} ${is} ESTABLISHED, and nothing that is sent leaves this host: its link is down, or nobody has that address.`;
  }
  if (flows.every(({ timer }) => timer === 'keepalive'))
    return `${many} ${raddr} ${is} ESTABLISHED, and its keep-alive probes go unanswered.`;
  const sure = firm ? 'is half-open' : 'may be half-open';
  const are = firm ? 'are half-open' : 'may be half-open';
  return `${many} ${raddr} ${flows.length === 1 ? sure : are}: ESTABLISHED here, nothing is acknowledged and nothing is heard of it.`;
}

function evidenceOf({ peer, flows, dead, idle }: Silence): Evidence[] {
  const pieces: Evidence[] = [];
  for (const stall of flows.slice(0, 4)) pieces.push(stallInWords(stall));
  if (flows.length > 4) pieces.push(evidence(`${whole(flows.length - 4)} more connections to it stall alike.`, { flows: flows.length }));
  if (dead > 0) {
    const how =
      peer.deadHow === 'keep-alive'
        ? 'no keep-alive probe was answered (TCP_KEEPALIVE_TIMEOUT)'
        : 'nothing sent was acknowledged (ETIMEDOUT)';
    pieces.push(evidence(`The kernel gave ${whole(dead)} up: ${how}.`, { gaveUp: dead }, peer.deadSeqs));
  }
  if (peer.neighbourSeqs.length > 0) {
    pieces.push(evidence('No machine answers for its link-layer address (NEIGH_FAILED).', {}, peer.neighbourSeqs));
  }
  const rest = (idle?.total ?? 0) - flows.length;
  if (rest > 0) {
    pieces.push(
      evidence(
        `${whole(rest)} more connections to it are idle and ESTABLISHED: unknown until probed. Only keep-alive or the next write will show it.`,
        { idle: rest },
      ),
    );
  }
  return pieces;
}

function stallInWords(stall: Stall): Evidence {
  const { laddr, lport, raddr, rport, una, unsent, backoff, timer, sinceNs, lastNs, seqs } = stall;
  const missed = unanswered(stall);
  const seconds = Math.round((lastNs - sinceNs) / 1e8) / 10;
  const figures = { unanswered: missed, backoff, seconds, ...(unsent > 0 ? { unsent } : {}), ...(una === null ? {} : { sndUna: una }) };
  const what = timer === 'keepalive' ? 'keep-alive probes' : timer === 'persist' ? 'probes' : 'retransmissions';
  const still = una === null ? '' : `; snd_una has stayed at ${una}`;
  const here = unsent > 0 ? `, ${whole(unsent)} of which never left this host` : '';
  return evidence(
    `${end(laddr, lport)} → ${end(raddr, rport)}: ${whole(missed)} ${what} in a row unanswered${here}, over ${seconds} s${still}.`,
    figures,
    seqs,
  );
}

function againstOf({ flows, firm, dead, idle }: Silence): Evidence[] {
  const pieces: Evidence[] = [];
  if (!firm && dead === 0)
    pieces.push(evidence('A path that loses most packets, or is out for a moment, looks the same until the next retransmission.'));
  if (flows.length === 1 && dead === 0 && (idle?.total ?? 1) > 1) {
    pieces.push(evidence('One connection only: nothing else to this address has anything under way.', { flows: 1 }));
  }
  pieces.push(evidence('This end cannot tell a vanished host from a path that swallows everything: packets at the other end would.'));
  return pieces;
}

function adviceOf({ netns, raddr }: Peer, one: Stall | null, dead: number, settings: Settings): Advice[] {
  const pieces = [
    advice('Look whether the host is there, from this host and this namespace.', {
      check: `ping -c 3 ${raddr}; ip neigh show ${raddr}; ip route get ${raddr}`,
    }),
  ];
  if (dead > 0) return pieces;
  const retries = settings.text(netns, 'ipv4.tcp_retries2');
  pieces.push(
    advice(
      'Until then the kernel tries on: with 15 retries for some 15 minutes. A user timeout on the socket ends it sooner; too short a one ends connections that an outage of seconds would have left alone.',
      {
        setting: 'TCP_USER_TIMEOUT',
        from: retries === null ? null : `tcp_retries2 ${retries}`,
        to: '20000 ms',
        check: `ss -tnoi dst ${raddr}`,
      },
    ),
  );
  if (one === null || one.timer !== 'keepalive') pieces.push(keepAlive(netns, settings));
  return pieces;
}

function keepAlive(netns: number | null, settings: Settings): Advice {
  const from = settings.text(netns, 'ipv4.tcp_keepalive_time');
  return advice(
    'Idle connections find out by keep-alive only (SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT): one small packet per idle time.',
    {
      setting: 'TCP_KEEPIDLE',
      from: from === null ? null : `tcp_keepalive_time ${from} s`,
      to: '60 s',
      check: 'sysctl net.ipv4.tcp_keepalive_time',
    },
  );
}

/** Idle connections to where a probe of ours is not answered. */
export function tellDoubt({ netns, raddr, rport, target, misses, seqs }: Doubt, idle: Idle, settings: Settings): Told {
  const many = idle.total === 1 ? 'One connection' : `${whole(idle.total)} connections`;
  return {
    subject: subject('peer', { netns, raddr, rport, probe: target, sockets: idle.some.map(ends), socketsTotal: idle.total }),
    summary: `${many} to ${end(raddr, rport)} ${idle.total === 1 ? 'is' : 'are'} ESTABLISHED and idle: unknown until probed, and our own probe is not answered there.`,
    evidence: [evidence(`${whole(misses)} attempts of ${target} in a row were not answered.`, { misses, idle: idle.total }, seqs)],
    against: [
      evidence('A firewall that lets known connections through and new ones not looks the same: the next write on one of them shows it.'),
    ],
    advice: [keepAlive(netns, settings)],
  };
}

function ends({ id, laddr, lport, raddr, rport }: Sock): { sock: number; laddr: string; lport: number; raddr: string; rport: number } {
  return { sock: id, laddr, lport, raddr, rport };
}
