import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { NetstackView } from '../../../formats/netstack.ts';
import type { TimeWaitView } from '../../../formats/status.ts';
import { type PortRange, portRange } from '../../model/port-pool.ts';
import type { Page } from '../page.ts';

/** What the service itself says of TIME_WAIT. */
export interface ServiceLedger {
  readonly ledger: TimeWaitView;
  readonly range: PortRange | null;
}

/** How often the service is asked while the view is shown, ms. */
const EVERY_MS = 2000;

/** `/api/v1/time-wait` every two seconds, and the range of local ports once; null before the first answer. */
export function useServiceLedger(page: Page): ReadonlySignal<ServiceLedger | null> {
  const known = useSignal<ServiceLedger | null>(null);
  useEffect(() => {
    let stopped = false;
    let range: PortRange | null = null;
    const ask = async (): Promise<void> => {
      // The service's own tests hold its answers against these schemas.
      range ??= portRange(((await page.fetch('/api/v1/netstack')) as NetstackView | null) ?? []);
      const ledger = (await page.fetch('/api/v1/time-wait')) as TimeWaitView | null;
      if (!stopped && ledger !== null) known.value = { ledger, range };
    };
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [page, known]);
  return known;
}
