import { advice, evidence, subject } from '../model/finding.ts';
import type { TcpState } from '../model/tcp-state.ts';
import type { Told } from './standing.ts';
import { type Group, growthOf, listed, oldestOf, seqsOf } from './staying.ts';
import { end, owner, whole } from './words.ts';

/** Sockets in FIN_WAIT2 that a process holds. */
export function tellFinWait2(group: Group, ns: number, ageSeconds: number): Told {
  const { netns, raddr, rport, pid, comm } = group.first.sock;
  const count = group.stays.size;
  const { ageS = 0 } = oldestOf(group, ns) ?? {};
  const who = owner(comm, pid);
  const growth = growthOf(group, ns);
  const words = `${whole(count)} sockets are in FIN_WAIT2 for ${ageSeconds} s or longer, the oldest for ${whole(ageS)} s.`;
  const more = growth === null ? {} : { more: growth.more, seconds: growth.seconds };
  const to = end(raddr, rport);
  return {
    subject: subject('peer', { netns, raddr, rport, pid, comm, sockets: listed(group), socketsTotal: count }),
    summary: `${to} does not close ${whole(count)} connections that ${who} has closed its half of: they wait in FIN_WAIT2 without an end.`,
    evidence: [evidence(words, { sockets: count, oldestSeconds: ageS, ...more }, seqsOf(group))],
    against: [
      evidence('Its kernel is alive: our FIN was acknowledged. Its process has not closed, or its FIN was lost for good.'),
      evidence('A process may close its half with shutdown() and read a long answer on purpose.'),
    ],
    advice: [
      advice(`See whether ${to} leaks: there these connections are in CLOSE_WAIT.`, { check: `on ${raddr}: ss -tanpo state close-wait` }),
      advice(
        `Have ${who} close() after a time-out, not only shutdown(): tcp_fin_timeout ends an orphan only, not a socket that a process holds.`,
        {
          setting: 'net.ipv4.tcp_fin_timeout',
          check: `ss -tanpo state fin-wait-2 dst ${to}`,
        },
      ),
    ],
  };
}

/** Sockets of one peer whose FIN, or the data before it, is not acknowledged. */
export interface Unacknowledged {
  readonly netns: number | null;
  readonly raddr: string;
  readonly sockets: readonly {
    readonly sock: number;
    readonly laddr: string;
    readonly lport: number;
    readonly raddr: string;
    readonly rport: number;
    readonly state: TcpState;
  }[];
  readonly timeouts: number;
  readonly seqs: readonly number[];
  readonly pid: number | null;
  readonly comm: string | null;
}

export function tellUnacknowledged({ netns, raddr, sockets, timeouts, seqs, pid, comm }: Unacknowledged): Told {
  const states = [...new Set(sockets.map(({ state }) => state))].join(', ');
  const count = sockets.length;
  const what = count === 1 ? 'the end of 1 connection' : `the end of ${whole(count)} connections`;
  return {
    subject: subject('peer', { netns, raddr, pid, comm, sockets: sockets.map(({ state: _, ...one }) => one), socketsTotal: count }),
    summary: `${raddr} does not acknowledge ${what} (${states}): the kernel sends the FIN again and again.`,
    evidence: [
      evidence(
        `${whole(count)} sockets in ${states} were sent again by time-out, ${timeouts} times in a row the worst of them.`,
        { sockets: count, timeouts },
        seqs,
      ),
    ],
    against: [
      evidence('The application here is done: it loses nothing by it, unless data was still to be delivered.'),
      evidence('A client that went out of reach does the same; it does not say that the network is at fault.'),
    ],
    advice: [
      advice('See whether the peer is there at all, and whether other connections to it go on.', { check: `ss -tanio dst ${raddr}` }),
      advice(
        'Orphans are given up after tcp_orphan_retries; each holds memory (some 64 KB at worst) until then, up to tcp_max_orphans of them.',
        {
          setting: 'net.ipv4.tcp_orphan_retries',
          check: 'sysctl net.ipv4.tcp_orphan_retries net.ipv4.tcp_max_orphans; grep orphan /proc/net/sockstat',
        },
      ),
    ],
  };
}
