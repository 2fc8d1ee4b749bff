import type { NeighbourEvent } from '../model/event.ts';
import { type Advice, advice, type Evidence, evidence, type Subject, subject } from '../model/finding.ts';
import { networkOf } from './link-changes.ts';
import type { End, Sign } from './sequence-flow.ts';
import type { About, Odd, Together } from './sequence-grade.ts';
import type { Told } from './standing.ts';
import { whole } from './words.ts';

/** What is said of connections that are odd together; `parts`: peers of a network, networks of a local address. */
export function tellSequence(about: About, at: Together, parts: number): Told {
  return {
    subject: subjectOf(about, at),
    summary: `${what(about, at, parts)} ${reading(at)}`,
    evidence: pieces(at),
    against: against(about, at),
    advice: advices(about, at),
  };
}

/** What cleared it. */
export function ended(about: About, { by, odd }: Together, seconds: number): string {
  const reset = odd.filter(({ flow }) => flow.ends.some(({ resetNs }) => !Number.isNaN(resetNs))).length;
  const rest = by.stalled.length + by.refused.length + by.stuck.length > 0 ? ', no timer of theirs expired again' : '';
  const ends = reset === 0 ? '' : ` ${whole(reset)} of ${whole(odd.length)} connections had been reset.`;
  return `Nothing more of the kind was seen of ${nameOf(about)} for ${seconds} s${rest}.${ends}`;
}

function nameOf(about: About): string {
  if (about.type === 'peer') return about.address;
  return about.type === 'network' ? about.network : `several networks beyond ${about.address}`;
}

function subjectOf(about: About, { odd, change, nextHop }: Together): Subject {
  const [first] = odd;
  const netns = odd.every(({ end }) => end.netns === first?.end.netns) ? (first?.end.netns ?? null) : null;
  const sockets = odd.map(({ end: { sock, laddr, lport, raddr, rport } }) => ({ sock, laddr, lport, raddr, rport }));
  if (about.type === 'network') return subject('network', { netns, network: about.network, sockets });
  if (about.type === 'local') {
    return subject('network', { netns, laddr: about.address, network: (nextHop ?? change)?.device ?? networkOf(about.address), sockets });
  }
  if (odd.length > 1 || first === undefined) return subject('peer', { netns, raddr: about.address, sockets });
  const { laddr, lport, raddr, rport, pid, comm } = first.end;
  return subject('sockets', { netns, laddr, lport, raddr, rport, pid, comm, sockets });
}

function what(about: About, at: Together, parts: number): string {
  const { odd } = at;
  const [first] = odd;
  const count = odd.length === 1 && first !== undefined ? `The connection ${tuple(first)}` : `${whole(odd.length)} connections`;
  const be = odd.length === 1 ? 'was' : 'were';
  const to =
    about.type === 'peer'
      ? odd.length === 1
        ? ''
        : ` with ${about.address}`
      : about.type === 'network'
        ? ` with ${parts} peers in ${about.network}`
        : ` between ${about.address} and ${parts} networks`;
  switch (leading(at)) {
    case 'refused':
    case 'stuck':
      return `${count}${to} ${odd.length === 1 ? 'goes' : 'go'} on with sequence numbers or clocks that the other end refuses.`;
    case 'unknown':
    case 'cut':
      return `${count}${to} ${be} reset by a host that does not know ${odd.length === 1 ? 'it' : 'them'}; no FIN or RST had come before.`;
    case 'remnant':
      return `A new connection met an old one with the same four-tuple${to}, which only one end still held.`;
    case 'stalled':
      return `${count}${to} stalled${odd.length === 1 ? '' : ' together'}: data is sent again and again and nothing is acknowledged.`;
    case 'orphan':
      return `${count}${to} that this host does not know went on sending to it.`;
  }
}

/** What it fits, in the plain words of how sure that is. */
function reading(at: Together): string {
  const { change, nextHop, by } = at;
  if (change !== null) return `The link-layer address of ${change.address} changed: consistent with an ENI migration.`;
  if (nextHop !== null)
    return `That of ${nextHop.address}, perhaps the next hop, changed: this would fit an ENI migration or a change of router.`;
  switch (leading(at)) {
    case 'remnant':
      return 'One end had gone without a word.';
    case 'unknown':
      return 'Their ends at the peer were lost without a word: zombies, as after a lost FIN or a move.';
    case 'stalled':
      return by.stalled.some(({ flow }) => flow.elsewhere > 0)
        ? 'Their frames go to a link-layer address that nobody answers at: consistent with an address that moved unannounced.'
        : 'This would fit an ENI migration, and a peer that is gone as well.';
    case 'orphan':
      return 'As where an address came here from another host, or after a restart.';
    default:
      return at.odd.length > 1 ? 'Consistent with an ENI migration.' : 'One alone is no more than a suspicion.';
  }
}

const ORDER: readonly Sign[] = ['refused', 'stuck', 'unknown', 'cut', 'remnant', 'stalled', 'orphan'];

function leading({ by }: Together): Sign {
  return ORDER.find((sign) => by[sign].length > 0) ?? 'stalled';
}

function pieces({ by, odd, change, nextHop }: Together): Evidence[] {
  const found: Evidence[] = [];
  const refusing = [...by.refused, ...by.stuck].flatMap(({ flow }) => flow.ends);
  if (refusing.length > 0) {
    const reasons: Record<string, number> = {};
    for (const { refusals } of refusing) for (const [name, count] of Object.entries(refusals)) reasons[name] = (reasons[name] ?? 0) + count;
    const words = Object.entries(reasons).map(([name, count]) => `${name} ${whole(count)}`);
    const hard =
      by.refused.length > 0 ? ', of which no loss, reordering or duplication makes two in 2 s' : ', while nothing was acknowledged';
    const figures = { connections: by.refused.length + by.stuck.length, ...reasons };
    found.push(evidence(`Segments refused while ESTABLISHED: ${words.join(', ')}${hard}.`, figures, seqsOf(refusing)));
  }
  told(found, by.unknown, (n) => `${n} reset while ESTABLISHED by a host that had no socket for it; both ends were seen.`);
  told(found, by.cut, (n) => `${n} older than the changed link-layer address reset after the change.`);
  told(found, by.remnant, (n) => `${n} met by a plain SYN, or refused by the peer's old one (TCP_INVALID_SYN, TCP_INVALID_ACK_SEQUENCE).`);
  const silent = odd.filter(({ flow }) => flow.backoff > 0);
  const most = Math.max(0, ...silent.map(({ flow }) => flow.backoff));
  told(found, silent, (n) => `${n} not acknowledged: the timer expired ${most} times in a row.`, { backoff: most });
  const flooded = odd.reduce((sum, { flow }) => sum + flow.elsewhere, 0);
  if (flooded > 0) {
    const words = `${whole(flooded)} of their frames came by another host for a link-layer address that is not its own (OTHERHOST).`;
    const seqs = odd.flatMap(({ flow }) => flow.elsewhereSeqs);
    found.push(evidence(words, { frames: flooded }, seqs));
  }
  told(found, by.orphan, (n) => `${n} unknown here answered with an RST.`);
  if (change !== null) found.push(changed(change));
  if (nextHop !== null && change === null) found.push(changed(nextHop));
  return found;
}

function told(
  into: Evidence[],
  those: readonly Odd[],
  words: (count: string) => string,
  more: Readonly<Record<string, number>> = {},
): void {
  if (those.length === 0) return;
  const count = those.length === 1 ? '1 connection was' : `${whole(those.length)} connections were`;
  into.push(evidence(words(count), { connections: those.length, ...more }, seqsOf(those.flatMap(({ flow }) => flow.ends))));
}

function changed({ address, device, oldLink, newLink, seq }: NeighbourEvent): Evidence {
  return evidence(`The link-layer address of ${address} on ${device} changed from ${oldLink} to ${newLink}.`, {}, [seq]);
}

/** The latest of each end first, so that few ends do not take all the room. */
function seqsOf(ends: readonly End[]): number[] {
  return ends.flatMap(({ seqs }) => seqs.slice(-2)).sort((a, b) => a - b);
}

function against(about: About, { by, odd, change }: Together): Evidence[] {
  const found: Evidence[] = [];
  if (change === null) {
    found.push(evidence('No changed link-layer address of the peer was seen; behind a router none can be.'));
  }
  if (by.stalled.length === odd.length) {
    found.push(
      evidence(
        'A peer that vanished or was cut off looks the same; and an acknowledgement after the last expiry is no event, so it may be over.',
      ),
    );
  }
  if (about.type === 'local') {
    found.push(evidence('Unrelated networks at once speak for this host’s own link or its next hop rather than for peers that moved.'));
  }
  if (by.unknown.length + by.cut.length + by.orphan.length > 0) {
    found.push(evidence('A host that crashed and came back, or a firewall that forgot its connections, answers with the same resets.'));
  }
  if (by.remnant.length > 0)
    found.push(evidence('A client that crashed and took the same port again does this too; it heals in one round trip.'));
  if (by.refused.length + by.stuck.length > 0) {
    found.push(evidence('Something on the way that rewrites sequence numbers or timestamps (a firewall, a proxy) can do the same.'));
  }
  if (odd.length === 1) found.push(evidence('Only one connection shows it: others to the same peer may be well, or idle.'));
  return found;
}

function advices(about: About, at: Together): Advice[] {
  const peer = about.type === 'peer' ? about.address : nameOf(about);
  const port = at.odd[0]?.end.rport ?? 0;
  const list: Advice[] = [];
  const lead = leading(at);
  if (lead !== 'remnant' && about.type === 'peer') {
    list.push(
      advice(`Ask the platform whether ${peer} moved to another host at that time, and see who answers for it now.`, {
        check: `ip neigh show ${peer}`,
      }),
    );
  }
  if (about.type !== 'peer')
    list.push(
      advice('See what they share: the interface, its next hop, the platform’s events.', { check: 'ip route; ip neigh; ip -s link' }),
    );
  if (lead === 'refused' || lead === 'stuck' || lead === 'stalled') {
    list.push(
      advice(
        'These connections will not heal: close them, or let a shorter time end them. It costs connections on paths that are out for longer.',
        {
          ...{ setting: 'TCP_USER_TIMEOUT', from: '0 (tcp_retries2: 15, some 15 min)', to: '10000 (ms)' },
          check: `ss -tino dst ${peer}`,
        },
      ),
    );
  } else if (lead === 'unknown' || lead === 'cut') {
    list.push(
      advice('Let the pool find its dead connections before it uses them: keep-alive on each, one packet a period of silence.', {
        ...{
          setting: 'net.ipv4.tcp_keepalive_time',
          from: '7200 (s)',
          to: '30 (s), with SO_KEEPALIVE',
          check: `ss -tno dst ${peer} dport = :${port}`,
        },
      }),
    );
  } else if (lead === 'remnant') {
    list.push(
      advice('Nothing, where it is rare; else see why the old connection ended without FIN or RST.', { check: `ss -tno dst ${peer}` }),
    );
  }
  return list;
}

function tuple({ end: { laddr, lport, raddr, rport } }: Odd): string {
  const end = (address: string, port: number): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return `${end(laddr, lport)}–${end(raddr, rport)}`;
}
