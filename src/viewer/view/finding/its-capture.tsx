import { useEffect } from 'preact/hooks';
import { captureOf } from '../../model/capture-span.ts';
import type { Page } from '../page.ts';

/** The way from a finding to the capture that tells of it; where there is none yet, to where one is frozen. Nothing where nothing is recorded. */
export function ItsCapture({ page, since }: { page: Page; since: string }) {
  const { captures: shelf, store } = page;
  const live = store.status.value?.mode === 'live';
  useEffect(() => {
    if (live) void shelf.refresh();
  }, [shelf, live, since]);
  const list = shelf.list.value;
  if (!live || list === null) return null;
  const capture = captureOf(since, list.captures);
  if (capture === null && list.recorder === null) return null;
  return (
    <button
      type="button"
      data-testid="its-capture"
      onClick={() => {
        page.show('captures');
        if (capture !== null) page.set('open', `capture:${capture.id}`);
      }}
    >
      {capture === null ? 'Freeze a capture…' : 'Its capture'}
    </button>
  );
}
