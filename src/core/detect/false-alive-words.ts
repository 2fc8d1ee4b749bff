import { CAUSES } from '../model/cause.ts';
import type { ProbeEvent } from '../model/event.ts';
import { type Advice, advice, type Evidence, evidence, type SubjectSocket, subject } from '../model/finding.ts';
import type { FourTuple } from '../model/four-tuple.ts';
import type { Sock } from '../track/sock.ts';
import type { Halved, HalvedPlace } from './halved.ts';
import type { Told } from './standing.ts';
import type { Neglected, Refused, Service } from './unserved.ts';
import { end, owner, whole } from './words.ts';

export interface Neglect {
  readonly service: Service;
  readonly unaccepted: readonly Neglected[];
  readonly unread: readonly Neglected[];
  readonly refused: readonly Refused[];
  readonly ns: number;
}

export function tellNeglect(neglect: Neglect, listener: Sock | null): Told {
  const { service, unaccepted, unread } = neglect;
  const { netns, laddr, lport } = service;
  const { pid = null, comm = null } = listener ?? {};
  const sockets = [...unaccepted, ...unread].map(({ one }) => socketOf(one));
  return {
    subject: subject('service', { netns, laddr, lport, pid, comm, sockets: sockets.slice(0, 16), socketsTotal: sockets.length }),
    summary: neglectSummary(neglect, owner(comm, pid)),
    evidence: neglectEvidence(neglect),
    against: [
      evidence('This is not the network: handshakes came about and requests were acknowledged, by the kernel alone.'),
      evidence('A process that is merely busy for that long does the same: State in /proc/PID/status tells a stopped one (T) from it.'),
    ],
    advice: [see(pid, lport), limit()],
  };
}

function neglectSummary({ service, unaccepted, unread, refused }: Neglect, who: string): string {
  const at = end(service.laddr, service.lport);
  const full = service.queue !== null && service.queue.waiting > service.queue.backlog ? ', its accept queue is full' : '';
  if (unaccepted.length > 0 && unread.length > 0) {
    return `${at} looks alive and is not: ${who} neither accepts (${whole(unaccepted.length)} wait) nor reads (${whole(unread.length)} wait)${full}: it is stopped or hangs.`;
  }
  if (unaccepted.length > 0) {
    const many = unaccepted.length === 1 ? 'one connection is' : `${whole(unaccepted.length)} connections are`;
    return `${at} looks alive and is not: ${many} established and not accepted${full}: ${who} is stopped, hangs, or never calls accept().`;
  }
  if (unread.length > 0) {
    const many = unread.length === 1 ? 'one accepted connection has' : `${whole(unread.length)} accepted connections have`;
    return `${at} looks alive and is not: ${many} a request that nobody reads: ${who} is stopped or hangs.`;
  }
  const clients = refused.length === 1 ? 'One client believes' : `${whole(refused.length)} clients believe`;
  return `${clients} to be connected to ${at} and ${refused.length === 1 ? 'is' : 'are'} not: the final ACK was dropped, because the accept queue is full.`;
}

function neglectEvidence({ service, unaccepted, unread, refused, ns }: Neglect): Evidence[] {
  const pieces: Evidence[] = [];
  const oldest = (those: readonly Neglected[]): number => Math.round((ns - Math.min(...those.map(({ sinceNs }) => sinceNs))) / 1e8) / 10;
  if (unaccepted.length > 0) {
    const seconds = oldest(unaccepted);
    const { waiting = unaccepted.length, backlog = 0 } = service.queue ?? {};
    pieces.push(
      evidence(
        `${whole(unaccepted.length)} established connections have no owner (ino 0): never accepted, the oldest for ${seconds} s; the queue holds ${whole(waiting)} of ${whole(backlog)}.`,
        { unaccepted: unaccepted.length, oldestSeconds: seconds, waiting, backlog },
      ),
    );
  }
  if (unread.length > 0) {
    const bytes = unread.reduce((sum, { one }) => sum + one.recvQ, 0);
    const seconds = oldest(unread);
    pieces.push(
      evidence(
        `${whole(bytes)} bytes in ${whole(unread.length)} accepted connections are not read (Recv-Q), look after look, for ${seconds} s.`,
        {
          ...{ unread: unread.length, bytes, oldestSeconds: seconds },
        },
      ),
    );
  }
  if (refused.length > 0) {
    const drops = refused.reduce((sum, one) => sum + one.drops, 0);
    const seqs = refused.flatMap((one) => one.seqs);
    pieces.push(
      evidence(
        `The kernel dropped ${whole(drops)} segments of ${whole(refused.length)} handshakes (TCP_LISTEN_OVERFLOW).`,
        { drops, clients: refused.length },
        seqs,
      ),
    );
  }
  return pieces;
}

function see(pid: number | null, lport: number): Advice {
  const check = pid === null ? `ss -tlnp sport = :${lport}` : `grep State /proc/${pid}/status; cat /proc/${pid}/wchan /proc/${pid}/stack`;
  return advice(
    'See what the process does: State T is stopped (SIGCONT wakes it), D waits for a device, R is busy; S in accept-less code hangs.',
    { check },
  );
}

function limit(): Advice {
  return advice(
    'A health check that only connects calls this alive: let it ask for an answer, with a time limit on the answer. That costs one request each time.',
    { setting: 'health check', from: 'TCP connect', to: 'a request, answered within its limit' },
  );
}

/** A handshake that only the client believes in. */
/** `newest`: the one whose sign has just come stands for all of them. */
export function tellHalved({ netns, raddr, rport, members }: HalvedPlace, { stall, synAcks, tuple }: Halved): Told {
  const { laddr, lport } = tuple;
  const count = members.size;
  const pieces: Evidence[] =
    count === 1 ? [] : [evidence(`${whole(count)} connections to it are so; the newest of them:`, { connections: count })];
  if (stall !== null) {
    pieces.push(
      evidence(
        `snd_una is still the first number behind the SYN (${stall.una ?? 'not known'}): in ${stall.backoff} timeouts not one byte was acknowledged.`,
        { timeouts: stall.backoff, ...(stall.una === null ? {} : { sndUna: stall.una }) },
        stall.seqs,
      ),
    );
  }
  if (synAcks !== null) {
    const seconds = Math.round((synAcks.lastNs - synAcks.firstNs) / 1e8) / 10;
    const words = `${whole(synAcks.count)} SYN-ACKs came again while ESTABLISHED, over ${seconds} s: the far end still waits for the final ACK.`;
    pieces.push(evidence(words, { synAcks: synAcks.count, seconds }, synAcks.seqs));
  }
  const pid = stall?.pid ?? synAcks?.event.pid ?? null;
  const comm = stall?.comm ?? synAcks?.event.comm ?? null;
  const one = count === 1;
  const sockets = [...members.values()].map((member) => ({
    ...{ sock: member.stall?.sock ?? member.synAcks?.event.sock ?? null },
    ...{ laddr: member.tuple.laddr, lport: member.tuple.lport, raddr, rport },
  }));
  return {
    subject: subject('peer', {
      netns,
      laddr,
      lport: one ? lport : null,
      raddr,
      rport,
      pid: one ? pid : null,
      comm: one ? comm : null,
      sockets,
    }),
    summary: one
      ? `${owner(comm, pid)} is connected to ${end(raddr, rport)} by its own kernel only: the far end dropped the final ACK of the handshake, mostly because its accept queue is full.`
      : `${whole(count)} connections to ${end(raddr, rport)} are there by this end's kernel only: the far end dropped the final ACKs of their handshakes, mostly because its accept queue is full.`,
    evidence: pieces,
    against:
      synAcks === null
        ? [
            evidence(
              'A peer that vanished right after the handshake looks the same; SYN-ACKs that come again would rule that out, SYN cookies send none.',
            ),
          ]
        : [evidence('A path that loses only what this end sends looks the same to this end.')],
    advice: [
      advice('Look at the far end’s accept queue: Recv-Q above Send-Q of its listener, and ListenOverflows.', {
        check: `on ${raddr}: ss -tln sport = :${rport}; nstat -az TcpExtListenOverflows`,
      }),
      advice('There, a reset tells such clients at once. It also refuses those who would have been let in a moment later.', {
        ...{ setting: 'net.ipv4.tcp_abort_on_overflow', from: null, to: '1', check: 'sysctl net.ipv4.tcp_abort_on_overflow' },
      }),
    ],
  };
}

/** What each cause of an unanswered probe is called: they differ in who is to blame. */
const NAMES: Readonly<Partial<Record<string, string>>> = {
  'kernel-only': 'its kernel acknowledged the request and no process answered',
  'no-answer': 'the connection came about and not a byte came back',
  'peer-silent': 'the connection came about and then nothing was acknowledged any more',
  'tls-stuck': 'the connection came about and the TLS handshake never ended',
};

export function tellProbe(event: ProbeEvent, { count, seqs }: { readonly count: number; readonly seqs: readonly number[] }): Told {
  const { attempt, verdict, kernel, netns, sock } = event;
  const { target, raddr, rport, laddr, lport, bytesSent, bytesReceived, timeoutMs } = attempt;
  const cause = verdict.cause ?? 'no-answer';
  const why = NAMES[cause] ?? CAUSES[cause].words;
  const sockets: SubjectSocket[] = laddr === null || lport === null || raddr === null ? [] : [{ sock, laddr, lport, raddr, rport }];
  const acked = kernel?.allAcknowledged ?? null;
  const sent = acked === null ? 'sent' : acked ? 'sent and acknowledged' : 'sent, not all acknowledged';
  return {
    subject: subject('probe', { probe: target, netns, raddr, rport, sockets }),
    summary: `${target} looks alive and is not (${cause}): ${why}, ${whole(count)} times in a row.`,
    evidence: [
      evidence(
        `ESTABLISHED by the kernel; ${whole(bytesSent)} bytes ${sent}, ${whole(bytesReceived)} came back within ${whole(timeoutMs)} ms.`,
        { attempts: count, bytesSent, bytesReceived, timeoutMs, ...(kernel === null ? {} : { dataRetransmits: kernel.dataRetransmits }) },
        seqs,
      ),
    ],
    against:
      verdict.couldBe.length === 0
        ? [evidence('Only this prober asked: whether others are answered it cannot tell.')]
        : [evidence(`It could also be: ${verdict.couldBe.map((one) => CAUSES[one].words).join('; ')}.`)],
    advice: [
      advice('At the far end: is the process running, does it accept, and what does it wait for?', {
        check: `on ${raddr ?? attempt.target}: ss -tnp sport = :${rport}; ss -tln sport = :${rport}`,
      }),
      limit(),
    ],
  };
}

function socketOf({ laddr, lport, raddr, rport }: FourTuple): SubjectSocket {
  return { sock: null, laddr, lport, raddr, rport };
}
