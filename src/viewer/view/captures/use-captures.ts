import { useEffect } from 'preact/hooks';
import type { CaptureList } from '../../../formats/capture/summary.ts';
import type { Page } from '../page.ts';

/** How often the list is asked for while it is shown, ms: one that is being frozen is waited for. */
const EVERY_MS = { idle: 10_000, busy: 1000 };

/** The list, kept current while somebody looks; null before it is known. */
export function useCaptures(page: Page): CaptureList | null {
  const { captures: shelf, store } = page;
  const list = shelf.list.value;
  const busy = list?.captures.some(({ state }) => state === 'waiting' || state === 'writing') ?? false;
  const connected = store.link.value.is === 'open';
  useEffect(() => {
    if (!connected) return;
    void shelf.refresh();
    const timer = setInterval(() => void shelf.refresh(), busy ? EVERY_MS.busy : EVERY_MS.idle);
    return () => clearInterval(timer);
  }, [shelf, busy, connected]);
  return list;
}
