import type { Event, GapEvent } from '../core/model/event.ts';

export interface SamplingCalls {
  /** Something happened in a namespace at `ns`, null where the hooks do not tell in which; `attention`: queues may say why. */
  stirred(netns: number | null, ns: number, attention: boolean): void;
  gap(event: GapEvent): void;
}

/**
 * Says what these events, which were told together, call for.
 *
 * @returns whether what was lost or shed may have been the beginning or the end of any socket: then they are listed anew.
 */
export function callFor(events: readonly Event[], calls: SamplingCalls): boolean {
  let listing = false;
  /** Most come together in one namespace. */
  let last: number | null | undefined;
  for (const event of events) {
    switch (event.kind) {
      // These come in numbers. Events have many shapes, so that V8 has to search for each field that is asked of any: one here, six below.
      case 'state':
      case 'time-wait':
        if (event.netns === last || event.probe === 'canary') break;
        last = event.netns;
        calls.stirred(last, event.ns, false);
        break;
      case 'tier':
        listing ||= event.share === 1;
        break;
      case 'gap':
        listing ||= event.cause !== 'suspended' && event.cause !== 'unsampled' && event.cause !== 'shed';
        calls.gap(event);
        break;
      default:
        if ('netns' in event && !isOurs(event)) calls.stirred(event.netns, event.ns, waits(event));
    }
  }
  return listing;
}

/** Our own canary stirs nothing: where it is would never be quiet. */
function isOurs(event: Event): boolean {
  return 'probe' in event && event.probe === 'canary';
}

/** Whether queues may say why: nobody accepts, or nobody acknowledges. */
function waits(event: Event): boolean {
  if (event.kind === 'retransmit') return event.timer === 'rto' && event.backoff >= 2;
  return event.kind === 'drop' && event.reason === 'TCP_LISTEN_OVERFLOW';
}
