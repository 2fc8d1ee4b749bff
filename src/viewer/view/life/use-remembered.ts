import { useEffect } from 'preact/hooks';
import { EVENT_KINDS } from '../../../core/model/event.ts';
import type { SocketLife } from '../../../formats/socket-life.ts';
import type { Page } from '../page.ts';

/** How often the service is asked again while the page's filter or kinds may leave out events of the socket, ms. */
const EVERY_MS = 1000;

/**
 * Gets what the service remembers of a socket: when its life is opened, and again whenever this page has missed events, so that nothing is
 * missing in between. Where the page does not get all events, they are asked for each second.
 */
export function useRemembered(page: Page, sock: number): void {
  const { inForce, missed, subscribedAt, watched } = page.store;
  const narrowed = inForce.value !== null && (inForce.value.filter !== '' || inForce.value.kinds.length < EVENT_KINDS.length);
  const since = `${subscribedAt.value} ${missed.value.events}`;
  useEffect(() => {
    if (since === '' || !Number.isInteger(sock)) return;
    let stopped = false;
    const ask = async (): Promise<void> => {
      // Our own service on our own origin; its tests hold it against the schema.
      const life = (await page.fetch(`/api/v1/sockets/${sock}`)) as SocketLife | null;
      if (stopped) return;
      watched.fill(life);
      // Where nothing has come live yet, this is what tells how the two clocks of the machine stand.
      const last = life?.events.at(-1);
      if (last !== undefined) page.store.clock.event(last.ns, last.at, performance.now());
      page.frame.value++;
    };
    void ask();
    const timer = narrowed ? setInterval(() => void ask(), EVERY_MS) : undefined;
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [page, watched, sock, narrowed, since]);
}
