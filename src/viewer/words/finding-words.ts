import { whereIs } from '../../core/model/owner.ts';
import type { FindingEventWire } from '../../formats/event.ts';
import { endpoint, owner as named } from '../../formats/words/endpoint.ts';
import { visibleText } from '../../formats/words/visible-text.ts';

type Subject = FindingEventWire['subject'];

/** What a finding is about, as short as it can be told apart: `10.0.0.7:443 app[812] pod shop/web-7f9c`. Visible text. */
export function subjectInWords({
  type,
  netns,
  laddr,
  lport,
  raddr,
  rport,
  pid,
  comm,
  probe,
  network,
  socketsTotal,
  owner,
}: Subject): string {
  const parts = [
    probe ?? network ?? '',
    laddr === null ? (lport === null ? '' : `local port ${lport}`) : place(laddr, lport),
    raddr === null ? (rport === null ? '' : `port ${rport}`) : `${laddr === null ? '' : '→ '}${place(raddr, rport)}`,
    comm === null && pid === null ? '' : named(comm, pid),
    owner === null ? '' : whereIs(owner).join(', '),
  ].filter((part) => part !== '');
  if (parts.length === 0 && socketsTotal > 0) parts.push(`${socketsTotal} sockets`);
  if (parts.length === 0) parts.push(type === 'namespace' && netns !== null ? `namespace ${netns}` : type);
  return visibleText(parts.join(' '));
}

function place(address: string, port: number | null): string {
  return port === null ? address : endpoint(address, port, '*');
}

/** FILTER terms that fit what the finding is about; null where none can be said. */
export function subjectFilter({ netns, laddr, lport, raddr, rport }: Subject): string | null {
  const any = new Set(['0.0.0.0', '::']);
  const terms = [
    laddr !== null && !any.has(laddr) && `laddr=${laddr}`,
    lport !== null && lport > 0 && `lport=${lport}`,
    raddr !== null && !any.has(raddr) && `raddr=${raddr}`,
    rport !== null && rport > 0 && `rport=${rport}`,
    netns !== null && `netns=${netns}`,
  ].filter((term) => term !== false);
  return terms.length === 0 ? null : terms.join(' ');
}

/** `listenOverflows` → `listen overflows`; a unit at its end stays as it is written: `age ms`. */
export function figureName(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

/** A piece of advice as it is copied: words, the change, the command. */
export function adviceText({ words, setting, from, to, check }: FindingEventWire['advice'][number]): string {
  return [words, setting !== null && `${setting}: ${from ?? '?'} → ${to ?? '?'}`, check !== null && `check: ${check}`]
    .filter((line) => line !== false)
    .join('\n');
}
