import { podName, shortId } from '../../core/model/owner.ts';
import type { Connection } from '../../formats/status.ts';
import { owner as named } from '../../formats/words/endpoint.ts';
import { lackInWords } from '../../formats/words/place.ts';
import { visibleText } from '../../formats/words/visible-text.ts';

/** One thing that is known of an owner. */
export interface OwnerLine {
  readonly name: string;
  /** Visible text. */
  readonly value: string;
  /** The FILTER term that all with the same fit; null where there is none. */
  readonly filter: string | null;
}

export type Owned = Pick<Connection, 'pid' | 'comm' | 'owner' | 'netns' | 'netnsName'>;

/** What is known of who owns a socket and where that runs; empty where nothing is. */
export function ownerLines({ pid, comm, owner, netns, netnsName }: Owned): OwnerLine[] {
  const lines: OwnerLine[] = [];
  const add = (name: string, value: string, filter: string | null = null): void =>
    void lines.push({ name, value: visibleText(value), filter });
  if (pid !== null) add('process', named(owner?.comm ?? comm, pid), `pid=${pid}`);
  if (owner?.comm != null && comm !== null && comm !== owner.comm) add('thread', comm, term('comm', comm));
  if (owner !== null) {
    const { pod, container, unit } = owner;
    const lack = lackInWords(owner);
    if (lack !== null) add('more', lack);
    if (pod !== null) add('pod', podName(pod), term('pod', podName(pod)));
    if (container !== null) {
      add('container', `${container.runtime} ${shortId(container.id)}`, term('container', shortId(container.id)));
      if (container.outer !== null) add('within', shortId(container.outer), term('container', shortId(container.outer)));
    }
    if (unit !== null) add('unit', unit, term('unit', unit));
  }
  if (netnsName !== null) add('netns', `${netnsName} (${netns})`, netns === null ? null : `netns=${netns}`);
  return lines;
}

/** Exactly this text, whatever it holds: a star in it is a star. */
function term(name: string, value: string): string {
  return `${name}="${value.replaceAll(/["\\*]/g, (c) => `\\${c}`)}"`;
}
