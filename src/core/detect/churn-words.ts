import { advice, evidence, subject } from '../model/finding.ts';
import type { Told } from './standing.ts';
import { end, owner, whole } from './words.ts';

/** Connections to one destination, as their client opens and ends them. */
export interface Traffic {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  pid: number | null;
  comm: string | null;
  /** Those that we saw opened and not ended. */
  open: number;
  /** In this second: opened, ended, and of those ended how many lived for less than one. */
  opened: number;
  ended: number;
  short: number;
  /** Whole seconds in a row of churn, of rise, and of neither, up to now. */
  churns: number;
  rises: number;
  calm: number;
  /** Over the seconds of churn or rise: connections, their time together in µs. */
  total: number;
  livedUs: number;
  idleSeconds: number;
  sinceNs: number;
  seq: number;
}

/** Many short connections. */
export function tellChurn({ netns, raddr, rport, pid, comm, total, livedUs, churns, seq }: Traffic, perSecond: number): Told {
  const to = end(raddr, rport);
  const who = owner(comm, pid);
  const meanMs = total === 0 ? 0 : livedUs / total / 1000;
  const lived = meanMs < 10 ? meanMs.toFixed(1) : whole(meanMs);
  const held = perSecond * 60;
  return {
    subject: subject('peer', { netns, raddr, rport, pid, comm }),
    summary: `${who} opens a new connection to ${to} ${whole(perSecond)} times a second and ends it within ${lived} ms: none is used again.`,
    evidence: [
      evidence(
        `${whole(total)} connections in ${whole(churns)} s lived for less than a second each, ${lived} ms in the mean; 9 of 10 or more did.`,
        { perSecond, connections: total, meanMs, seconds: churns },
        [seq],
      ),
      evidence(`Each leaves a four-tuple in TIME_WAIT for 60 s at whoever closes first: ${whole(held)} of them at this rate.`, {
        timeWait: held,
      }),
    ],
    against: [
      evidence('Nothing fails by it: it costs a round trip (with TLS two or three) and some CPU for each request.'),
      evidence('Requests are not seen here: a protocol that is one request a connection by nature (health checks, WHOIS) does the same.'),
    ],
    advice: [
      advice(`Have ${who} keep connections and use them again: HTTP keep-alive, a pool. It costs idle sockets at both ends.`, {
        check: `ss -tan dst ${to} | awk '{print $1}' | sort | uniq -c`,
      }),
    ],
  };
}

/** Ever more open connections. */
export function tellPileUp({ netns, raddr, rport, pid, comm, open, rises, seq }: Traffic, perSecond: number): Told {
  const to = end(raddr, rport);
  const who = owner(comm, pid);
  return {
    subject: subject('peer', { netns, raddr, rport, pid, comm }),
    summary: `${who} has ${whole(open)} connections to ${to} open, and opens ${whole(perSecond)} more each second without ending any: a pool that leaks, or has no bound.`,
    evidence: [
      evidence(
        `In each of the last ${whole(rises)} s connections were opened and 9 of 10 or more were kept.`,
        { open, perSecond, seconds: rises },
        [seq],
      ),
    ],
    against: [
      evidence(
        'Whether they carry anything is not seen. A service whose clients stay (WebSocket, a broker) fills like this too; then it ends at their number.',
      ),
    ],
    advice: [
      advice(`Bound the pool of ${who}, and see that each connection is given back after its use, also after an error.`, {
        check: `ss -tanpi state established dst ${to} | grep -c lastsnd`,
      }),
      advice('Each holds a file descriptor and a local port; see what is left.', {
        setting: 'RLIMIT_NOFILE',
        check: pid === null ? 'ulimit -n' : `ls /proc/${pid}/fd | wc -l; grep 'open files' /proc/${pid}/limits`,
      }),
    ],
  };
}
