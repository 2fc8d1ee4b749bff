import { type Advice, advice, type Evidence, evidence, subject } from '../model/finding.ts';
import type { ListenerSample } from '../model/input.ts';
import type { Sock } from '../track/sock.ts';
import type { Settings } from './settings.ts';
import type { Told } from './standing.ts';
import { end, owner, whole } from './words.ts';

/** One listener that refuses, or is about to. */
export interface Refusing {
  readonly netns: number | null;
  readonly laddr: string;
  readonly lport: number;
  readonly sinceNs: number;
  /** Connections it refused, by our own events and by the kernel's counters. */
  drops: number;
  seqs: number[];
  lastNs: number;
  /** The kernel's ListenOverflows of its namespace, over the same time. */
  overflows: number;
  /** As `ss` listed it last; null before. */
  sample: ListenerSample | null;
  /** Listings in a row that found it full. */
  fullLooks: number;
  /** A listing found it full while it refused, since it was last well. */
  stoodFull: boolean;
}

/** A listener whose accept queue is full. */
export function tellListener(one: Refusing, listener: Sock | null, settings: Settings): Told {
  const { netns, laddr, lport, sample, drops, overflows, seqs } = one;
  const { pid = null, comm = null } = listener ?? {};
  const who = owner(comm, pid);
  const refused = Math.max(drops, overflows);
  const queue = sample === null ? '' : `: ${whole(sample.waiting)} wait in a queue of ${whole(sample.backlog)}`;
  const pieces: Evidence[] = [];
  if (drops > 0) {
    pieces.push(evidence(`The kernel dropped the final ACK of ${whole(drops)} connections (TCP_LISTEN_OVERFLOW).`, { drops }, seqs));
  }
  if (overflows > 0) {
    pieces.push(evidence(`ListenOverflows of this namespace rose by ${whole(overflows)} meanwhile.`, { listenOverflows: overflows }));
  }
  if (sample !== null) {
    const { waiting, backlog } = sample;
    const state = waiting > backlog ? 'the queue is full (Recv-Q above backlog)' : 'the queue has room again';
    pieces.push(
      evidence(`${whole(waiting)} connections wait for accept(), the backlog is ${whole(backlog)}: ${state}.`, { waiting, backlog }),
    );
  }
  return {
    subject: subject('service', { netns, laddr, lport, pid, comm, sockets: listener === null ? [] : [listenerOf(listener)] }),
    summary:
      refused > 0
        ? `${end(laddr, lport)} turns connections away: its accept queue is full, because ${who} does not accept them fast enough${queue}.`
        : `The accept queue of ${end(laddr, lport)} is full: the next connection is turned away unless ${who} accepts${queue}.`,
    evidence: pieces,
    against: [
      evidence('This is not the network: the handshake reached this host, and clients in the queue see a connection that nobody serves.'),
      evidence('It does not say that the process hangs: a burst beyond the backlog does the same. A queue that stays full does.'),
    ],
    advice: adviceFor(one, who, pid, settings),
  };
}

function adviceFor({ netns, lport, sample }: Refusing, who: string, pid: number | null, settings: Settings): Advice[] {
  const pieces = [
    advice(`See why ${who} does not call accept(): stopped, blocked, out of file descriptors, or too few workers.`, {
      check:
        pid === null
          ? `ss -tlnp sport = :${lport}`
          : `cat /proc/${pid}/wchan; ls /proc/${pid}/fd | wc -l; grep -E 'State|open' /proc/${pid}/status /proc/${pid}/limits`,
    }),
  ];
  const somaxconn = settings.number(netns, 'core.somaxconn');
  const backlog = sample?.backlog ?? null;
  if (backlog === null) return pieces;
  const to = Math.max(backlog * 4, 128);
  if (somaxconn !== null && to > somaxconn) {
    pieces.push(
      advice(
        'The backlog is at most somaxconn: raise that first, then restart the service. It bounds memory, some 2 KiB a waiting connection.',
        {
          setting: 'net.core.somaxconn',
          from: String(somaxconn),
          to: String(to),
          check: 'sysctl net.core.somaxconn',
        },
      ),
    );
  }
  pieces.push(
    advice('For bursts only: give listen() a longer backlog. Where the process does not accept at all it only delays the end.', {
      setting: 'listen(2) backlog',
      from: String(backlog),
      to: String(to),
      check: `ss -tln sport = :${lport}`,
    }),
  );
  return pieces;
}

/** Overflows that no listing could name a listener for. */
export function tellOverflow(netns: number | null, overflows: number): Told {
  return {
    subject: subject('namespace', { netns }),
    summary: `A listener of this namespace turned ${whole(overflows)} connections away because its accept queue was full for a moment.`,
    evidence: [evidence(`ListenOverflows rose by ${whole(overflows)}.`, { listenOverflows: overflows })],
    against: [evidence('No queue was full when listeners were listed a moment later: whose it was is not known, and it did not last.')],
    advice: [advice('Look for a backlog that is small for its traffic.', { check: 'ss -tln; nstat -az TcpExtListenOverflows' })],
  };
}

/** Half-open handshakes beyond what the SYN queue holds. */
export function tellSynQueue(
  netns: number | null,
  { dropped, early, cookies, failed }: { dropped: number; early: number; cookies: number; failed: number },
  settings: Settings,
): Told {
  const size = settings.text(netns, 'ipv4.tcp_max_syn_backlog');
  const off = settings.text(netns, 'ipv4.tcp_syncookies') === '0';
  const wait = 'those clients wait a second and try again.';
  const summary =
    dropped > 0
      ? `${whole(dropped + early)} SYNs were dropped because a SYN queue was full: ${wait}`
      : early > 0
        ? `${whole(early)} SYNs were dropped ${off ? 'because a SYN queue was nearly full' : 'by a listener, and no counter says why'}: ${wait}`
        : `A SYN queue is full, and ${whole(cookies)} SYNs were answered with cookies: connections still come about.`;
  return {
    subject: subject('namespace', { netns }),
    summary,
    evidence: [
      evidence(
        `TCPReqQFullDrop rose by ${whole(dropped)}, TCPReqQFullDoCookies by ${whole(cookies)}, SyncookiesFailed by ${whole(failed)}.`,
        { dropped, cookies, failed },
      ),
      ...(early > 0
        ? [
            evidence(
              `ListenDrops rose by ${whole(early)} more than ListenOverflows and TCPReqQFullDrop: without cookies the last quarter of tcp_max_syn_backlog is for known clients only${off ? '' : '; with them it is memory, or a route'}.`,
              { early },
            ),
          ]
        : []),
    ],
    against: [evidence('The counters do not say whose SYNs: a flood, or more clients at once than the backlog of a listener foresees.')],
    advice: [
      advice('Find the listener, and whether the clients are wanted; then raise its backlog and this bound together.', {
        setting: 'net.ipv4.tcp_max_syn_backlog',
        from: size,
        to: size === null ? null : String(Number(size) * 4),
        check: 'ss -tan state syn-recv | head; nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies',
      }),
      ...(off
        ? [advice('With cookies nobody is dropped; options are coarser then.', { setting: 'net.ipv4.tcp_syncookies', from: '0', to: '1' })]
        : []),
    ],
  };
}

function listenerOf({ id, laddr, lport, raddr, rport }: Sock): {
  sock: number;
  laddr: string;
  lport: number;
  raddr: string;
  rport: number;
} {
  return { sock: id, laddr, lport, raddr, rport };
}
