import { type Advice, advice, type Evidence, evidence, subject } from '../model/finding.ts';
import type { Told } from './standing.ts';
import { end, owner, percent, whole } from './words.ts';

/** Why a connection did not come about. Want of a local port is time-wait-buildup's. */
export const CONNECT_CAUSES = ['refused', 'silent', 'unreachable', 'no-route', 'forbidden', 'other'] as const;
export type ConnectCause = (typeof CONNECT_CAUSES)[number];

/** What is told of one destination. */
export interface Failing {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  readonly cause: ConnectCause;
  readonly pid: number | null;
  readonly comm: string | null;
  /** Since the trouble began. */
  readonly byCause: Readonly<Record<ConnectCause, number>>;
  /** Of the last 10 to 20 s. */
  readonly tried: number;
  readonly failed: number;
  readonly perSecond: number;
  /** Sockets whose SYN waits for an answer now, and time-outs in a row of the worst of them. */
  readonly waiting: number;
  readonly timeouts: number;
  readonly seqs: readonly number[];
}

const HOW: Readonly<Record<ConnectCause, string>> = {
  refused: 'refuses connections: the host is there and nobody listens',
  silent: 'does not answer: SYNs are sent again and again, and nothing comes back',
  unreachable: 'is unreachable: a router, or the last hop, says that nobody is there',
  'no-route': 'cannot be asked: this machine has no route there',
  forbidden: 'may not be asked: this machine’s own rules forbid it',
  other: 'cannot be connected to',
};

const SEEN: Readonly<Record<ConnectCause, string>> = {
  refused: 'went SYN_SENT → CLOSE because of a reset (ECONNREFUSED)',
  silent: 'got no answer to their SYN',
  unreachable: 'went SYN_SENT → CLOSE without a reset: by ICMP (EHOSTUNREACH, ENETUNREACH), or within a millisecond',
  'no-route': 'never sent a SYN: the kernel knows no route',
  forbidden: 'were forbidden here, or by an answer that says so (EACCES, EPERM)',
  other: 'ended with another error',
};

const AGAINST: Readonly<Record<ConnectCause, string>> = {
  refused: 'This is not the network: the reset came back, from the host or from a firewall that speaks for it.',
  silent: 'Silence does not tell a firewall from a dead host, a lost way back, or a listener whose queue is full: its own kernel could.',
  unreachable: 'It does not say that the service is down: nobody got as far as asking it.',
  'no-route': 'It does not say anything of the far end: no packet was sent.',
  forbidden: 'It does not say anything of the far end where the rule is this machine’s.',
  other: 'The error is the kernel’s word; why it came is not known.',
};

function adviceFor({ cause, raddr, rport }: Failing): Advice[] {
  const to = end(raddr, rport);
  switch (cause) {
    case 'refused':
      return [
        advice(`See whether the service on ${to} runs and listens on that address.`, { check: `on ${raddr}: ss -tln sport = :${rport}` }),
      ];
    case 'silent':
      return [
        advice('Follow the way there with SYNs to the same port: it ends where a firewall swallows them.', {
          check: `tcptraceroute ${raddr} ${rport}; on ${raddr}: nstat -az TcpExtListenOverflows TcpExtListenDrops`,
        }),
        advice('Until it is mended: have clients give up sooner. Six SYNs sent again take 127 s; with 3 it is 15 s.', {
          setting: 'net.ipv4.tcp_syn_retries',
          to: '3',
          check: 'sysctl net.ipv4.tcp_syn_retries',
        }),
      ];
    case 'unreachable':
    case 'no-route':
      return [
        advice('See the route, and whether the last hop knows the address.', { check: `ip route get ${raddr}; ip neigh show ${raddr}` }),
      ];
    case 'forbidden':
      return [advice('See which rule it is.', { check: 'nft list ruleset; iptables -S OUTPUT; ip rule' })];
    case 'other':
      return [advice('See what the client logs.', { check: `ss -tan dst ${to}` })];
  }
}

/** A destination that cannot be connected to. */
export function tellFailing(failing: Failing): Told {
  const { netns, raddr, rport, cause, pid, comm, byCause, tried, failed, perSecond, waiting, timeouts, seqs } = failing;
  const pieces: Evidence[] = [];
  for (const one of CONNECT_CAUSES) {
    if (byCause[one] === 0) continue;
    const mine = one === cause ? seqs : [];
    pieces.push(evidence(`${whole(byCause[one])} attempts ${SEEN[one]}.`, { [one === 'no-route' ? 'noRoute' : one]: byCause[one] }, mine));
  }
  if (waiting > 0) {
    const again = timeouts === 1 ? 'once' : `${timeouts} times`;
    pieces.push(
      evidence(`${whole(waiting)} wait now; a SYN was sent again ${again}.`, { waiting, timeouts }, cause === 'silent' ? seqs : []),
    );
  }
  const share = tried === 0 ? 1 : failed / tried;
  if (tried > 0) {
    const words = `${whole(failed)} of the last ${whole(tried)} attempts that came to an end failed (${percent(share)}), ${perSecond} a second.`;
    pieces.push(evidence(words, { failed, tried, share, perSecond }));
  }
  const some =
    share < 1 ? [evidence(`${whole(tried - failed)} others were connected in the same time.`, { connected: tried - failed })] : [];
  return {
    subject: subject('peer', { netns, raddr, rport, pid, comm }),
    summary: `${end(raddr, rport)} ${HOW[cause]}; ${owner(comm, pid)} tries.`,
    evidence: pieces,
    against: [evidence(AGAINST[cause]), ...some],
    advice: adviceFor(failing),
  };
}
