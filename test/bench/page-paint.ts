import { Browser } from '../e2e/browser.ts';
import { until } from '../lab/until.ts';

/** When a page showed something, ms after it was asked for. */
export interface Paint {
  /** Anything: first contentful paint. */
  readonly firstMs: number;
  /** What the service told: the header says that it observes, and how much. */
  readonly figuresMs: number;
}

/** A first visit: a browser that has nothing of the page yet. */
export async function paintOf(url: string): Promise<Paint> {
  await using browser = await Browser.open();
  const fresh = await browser.page('about:blank');
  await fresh.addInitScript(() => {
    const look = new MutationObserver(() => {
      if (document.querySelector('[data-phase=observing]') === null) return;
      look.disconnect();
      // It is in the document; it is on the screen at the frame that follows.
      requestAnimationFrame(() => performance.mark('figures'));
    });
    look.observe(document, { childList: true, subtree: true, attributes: true });
  });
  await fresh.goto(url);
  const momentOf = (name: string) =>
    until(name, () => fresh.evaluate((entry) => performance.getEntriesByName(entry)[0]?.startTime ?? null, name), 30_000);
  return { firstMs: await momentOf('first-contentful-paint'), figuresMs: await momentOf('figures') };
}
