import { useEffect } from 'preact/hooks';
import type { ProbeDetail } from '../../../formats/probes.ts';
import type { Page } from '../page.ts';

/** Targets whose earlier attempts are asked for by themselves; up to 100 attempts of 3 kB each. */
const AT_ONCE = 24;

/** Gets the attempts that were made before the page was opened, one target after the other, each once as long as the view is shown. */
export function useHistory(page: Page, targets: readonly string[]): void {
  const wanted = targets.slice(0, AT_ONCE).toSorted().join('\n');
  const run = page.store.run.value;
  useEffect(() => {
    if (run === null || wanted === '') return;
    let stopped = false;
    const ask = async (): Promise<void> => {
      for (const target of wanted.split('\n')) {
        if (stopped) return;
        // What came by itself since then stays: attempts are told apart by their number.
        const detail = (await page.fetch(`/api/v1/probes/${encodeURIComponent(target)}`)) as ProbeDetail | null;
        if (stopped || detail === null) continue;
        page.store.probes.fill(target, detail.attempts);
        page.frame.value++;
      }
    };
    void ask();
    return () => {
      stopped = true;
    };
  }, [page, wanted, run]);
}
