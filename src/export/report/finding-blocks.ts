import type { Advice, Evidence, Subject } from '../../core/model/finding.ts';
import { rfc3339 } from '../../formats/utc.ts';
import { many } from '../../formats/words/amount.ts';
import { endpoint, owner as named } from '../../formats/words/endpoint.ts';
import { placeInWords } from '../../formats/words/place.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import type { Block } from './block.ts';
import type { ToldFinding } from './gather.ts';

/** One finding with all that it stands on; `after` gives a moment as time since the capture's beginning. */
export function findingBlocks({ first, last, resolved }: ToldFinding, after: (us: number) => string): Block[] {
  const { id, detector, severity, confidence, subject, since, summary, evidence, against, completeness } = last;
  const seen = `told ${rfc3339(first.wallUs)} (${after(first.wallUs)})`;
  const over =
    resolved === null
      ? 'still open when the capture ends'
      : `over ${rfc3339(resolved.wallUs)} (${after(resolved.wallUs)}): ${visibleText(resolved.summary)}`;
  return [
    { kind: 'heading', level: 3, text: `${severity}: ${visibleText(summary)}` },
    {
      kind: 'list',
      items: [
        `${detector}, ${confidence}; ${id}`,
        `about ${subjectInWords(subject)}`,
        `since ${rfc3339(since)} (${after(since)}), ${seen}; ${over}`,
        ...evidence.map((piece) => `seen: ${pieceInWords(piece)}`),
        ...against.map((piece) => `against it: ${pieceInWords(piece)}`),
        completeness.words === null ? 'nothing of its time is known to be missing' : `not seen: ${visibleText(completeness.words)}`,
      ],
    },
  ];
}

/** What to do, and how to see whether it holds. */
export function adviceInWords({ words, setting, from, to, check }: Advice): string {
  const change = setting === null ? '' : ` ${setting}: ${from ?? '?'} → ${to ?? '?'}.`;
  return visibleText(`${words}${change}${check === null ? '' : ` Check: ${check}`}`);
}

function pieceInWords({ words, seqs }: Evidence): string {
  return `${visibleText(words)}${seqs.length === 0 ? '' : ` (event${seqs.length === 1 ? '' : 's'} ${seqs.join(' ')})`}`;
}

function subjectInWords(subject: Subject): string {
  const { type, netns, laddr, lport, raddr, rport, pid, comm, probe, network, socketsTotal, owner, netnsName } = subject;
  const end = (address: string | null, port: number | null): string => endpoint(address ?? '*', port ?? 0, '*');
  const parts: string[] = type === 'namespace' ? [] : [type.replace('-', ' ')];
  if (laddr !== null || lport !== null) parts.push(`local ${end(laddr, lport)}`);
  if (raddr !== null || rport !== null) parts.push(`remote ${end(raddr, rport)}`);
  if (pid !== null || comm !== null) parts.push(named(comm === null ? null : visibleText(comm), pid));
  const place = placeInWords(owner, netnsName);
  if (place !== null) parts.push(place);
  for (const name of [probe, network]) if (name !== null) parts.push(visibleText(name));
  if (socketsTotal > 0) parts.push(many(socketsTotal, 'socket'));
  if (netns !== null) parts.push(`network namespace ${netns}`);
  return parts.join(', ');
}
