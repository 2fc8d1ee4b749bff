import type { Event } from '../core/model/event.ts';

/** Whether what was lost or shed may have been the beginning or the end of any socket: then they are listed anew. */
export function callsForListing(event: Event): boolean {
  if (event.kind === 'tier') return event.share === 1;
  return event.kind === 'gap' && event.cause !== 'suspended' && event.cause !== 'unsampled' && event.cause !== 'shed';
}

/** The namespace that this event speaks of, null where the hooks do not tell which; undefined for events that have none, and for our own canary's. */
export function stirredBy(event: Event): number | null | undefined {
  return 'netns' in event && !('probe' in event && event.probe === 'canary') ? event.netns : undefined;
}

/** Whether queues may say why: nobody accepts, or nobody acknowledges. */
export function waits(event: Event): boolean {
  if (event.kind === 'retransmit') return event.timer === 'rto' && event.backoff >= 2;
  return event.kind === 'drop' && event.reason === 'TCP_LISTEN_OVERFLOW';
}
