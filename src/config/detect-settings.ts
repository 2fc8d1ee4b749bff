import { z } from 'zod';
import { DEFAULT_THRESHOLDS } from '../core/model/thresholds.ts';
import { setting } from './setting.ts';

/** The detectors' thresholds: `detect: { NAME: { … } }`. */
const SHARE = 'a number above 0, at most 1';
const share = () => z.number().gt(0).max(1);
const { 'accept-queue': queue, 'time-wait-buildup': wait } = DEFAULT_THRESHOLDS;

const AcceptQueue = z.strictObject({
  fullLooks: setting(z.int().min(1).max(1000).default(queue.fullLooks), {
    unit: 'looks in a row',
    reason: 'One look may fall into a burst that is accepted a moment later; a queue still full at the next, a second on, is not',
    expected: 'a whole number from 1 to 1000',
  }),
  quietSeconds: setting(z.number().min(1).max(3600).default(queue.quietSeconds), {
    unit: 's',
    reason: 'Clients that were turned away try again after 1, 3 and 7 s: only longer silence says that nobody is turned away',
    expected: 'a number from 1 to 3600',
  }),
  cookiesPerSecond: setting(z.number().gt(0).max(1_000_000).default(queue.cookiesPerSecond), {
    unit: 'SYN cookies a second',
    reason: 'The kernel sends none while its SYN queue has room, so one a second is not noise',
    expected: 'a number above 0, up to 1000000',
  }),
});

const TimeWaitBuildup = z.strictObject({
  warnShare: setting(share().default(wait.warnShare), {
    unit: 'share of the ports towards one destination',
    reason: 'connect() looks for a free port from a random place on: above some 70 % it takes long walks and a burst may fill the rest',
    expected: SHARE,
  }),
  criticalShare: setting(share().default(wait.criticalShare), {
    unit: 'share of the ports towards one destination',
    reason: 'Live connections need ports too; of the usual 28,232 a tenth is left here',
    expected: SHARE,
  }),
  warnSeconds: setting(z.number().min(1).max(3600).default(wait.warnSeconds), {
    unit: 's',
    reason: 'A four-tuple stays in TIME_WAIT for 60 s: what is not exhausted within that is in balance',
    expected: 'a number from 1 to 3600',
  }),
  serverEntries: setting(z.int().min(1).max(10_000_000).default(wait.serverEntries), {
    unit: 'four-tuples in TIME_WAIT at one listening port',
    reason: 'They hold memory only, some 5 MB at this number, and tell that the server closes first',
    expected: 'a whole number from 1 to 10000000',
  }),
  bucketShare: setting(share().default(wait.bucketShare), {
    unit: 'share of tcp_max_tw_buckets',
    reason: 'Beyond all of it connections are forgotten at once; a fifth is room for a burst',
    expected: SHARE,
  }),
});

export const Detect = z.strictObject({
  'accept-queue': setting(AcceptQueue.prefault({}), {
    reason: 'Listeners that turn connections away',
    expected: 'a mapping with fullLooks, quietSeconds and cookiesPerSecond',
  }),
  'time-wait-buildup': setting(TimeWaitBuildup.prefault({}), {
    reason: 'TIME_WAIT that uses up ports or buckets',
    expected: 'a mapping with warnShare, criticalShare, warnSeconds, serverEntries and bucketShare',
  }),
});
