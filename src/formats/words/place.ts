import type { Place } from '../../core/model/cgroup.ts';
import { visibleText } from './visible-text.ts';

/** Enough of an id to find it again: what `docker ps` shows. */
const SHORT = 12;

/**
 * Where a process runs, for behind its name: `in pod web-7f9c, containerd 3f2a1b9c0d4e`. Null where it is an ordinary one; a unit alone is not worth a word.
 *
 * @param podName what the pod calls itself, null where that is not known.
 */
export function placeInWords({ runtime, container, podUid }: Place, podName: string | null): string | null {
  const words: string[] = [];
  if (podUid !== null) words.push(`pod ${visibleText(podName ?? podUid)}`);
  if (container !== null)
    words.push(`${runtime ?? 'container'} ${visibleText(/^[0-9a-f]{64}$/.test(container) ? container.slice(0, SHORT) : container)}`);
  return words.length === 0 ? null : `in ${words.join(', ')}`;
}
