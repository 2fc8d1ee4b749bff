import { z } from 'zod';
import { DEFAULT_THRESHOLDS } from '../core/model/thresholds.ts';
import { ConnectionDetectors } from './connection-settings.ts';
import { setting } from './setting.ts';

/** The detectors' thresholds: `detect: { NAME: { … } }`. */
const SHARE = 'a number above 0, at most 1';
const share = () => z.number().gt(0).max(1);
const { 'accept-queue': queue, 'time-wait-buildup': wait } = DEFAULT_THRESHOLDS;
const { 'sequence-anomaly': sequence } = DEFAULT_THRESHOLDS;
const { 'half-open': half, 'false-alive': alive, 'false-dead': dead } = DEFAULT_THRESHOLDS;
const TIMEOUTS = 'a whole number from 1 to 15';
const timeouts = () => z.int().min(1).max(15);
const SECONDS = 'a number from 0.1 to 3600';
const seconds = () => z.number().min(0.1).max(3600);

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

const SequenceAnomaly = z.strictObject({
  silentFlows: setting(z.int().min(2).max(1000).default(sequence.silentFlows), {
    unit: 'connections to one peer',
    reason:
      'One or two that fall silent are half-open like any other; several at once, past the fourth timeout, are their peer or the way to it',
    expected: 'a whole number from 2 to 1000',
  }),
  parts: setting(z.int().min(2).max(1000).default(sequence.parts), {
    unit: 'peers of one network, or networks behind one local address',
    reason: 'Two may be odd at a time by chance within a minute; three point to what they share',
    expected: 'a whole number from 2 to 1000',
  }),
  quietSeconds: setting(z.number().min(1).max(3600).default(sequence.quietSeconds), {
    unit: 's',
    reason: 'A connection that is refused is tried again after 0.2, 0.4, … 3.3 and 6.7 s; longer timers are awaited however long they are',
    expected: 'a number from 1 to 3600',
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

const HalfOpen = z.strictObject({
  suspectTimeouts: setting(timeouts().default(half.suspectTimeouts), {
    unit: 'retransmission timeouts in a row',
    reason:
      'The third comes some 1.7 s after the data was sent; loss of a fifth of all packets rarely gets that far, an outage of a second does not',
    expected: TIMEOUTS,
  }),
  firmTimeouts: setting(timeouts().default(half.firmTimeouts), {
    unit: 'retransmission timeouts in a row',
    reason: 'The fourth, after some 3.3 s, was never seen in the lab where the other end was there',
    expected: TIMEOUTS,
  }),
  unsentTimeouts: setting(timeouts().default(half.unsentTimeouts), {
    unit: 'timeouts in a row at which nothing had left this host',
    reason: 'A full queue of the network card holds a packet for milliseconds; two timeouts are 0.6 s',
    expected: TIMEOUTS,
  }),
  keepAliveProbes: setting(timeouts().default(half.keepAliveProbes), {
    unit: 'keep-alive probes in a row',
    reason: 'One may be lost, or still under way when it is looked at',
    expected: TIMEOUTS,
  }),
  doubtMisses: setting(timeouts().default(half.doubtMisses), {
    unit: 'unanswered attempts of a probe in a row',
    reason: 'One SYN may be lost; two attempts, each with its own retransmissions, hardly are',
    expected: TIMEOUTS,
  }),
  quietSeconds: setting(seconds().default(half.quietSeconds), {
    unit: 's',
    reason: 'Long enough that a connection given up at once is still told when somebody looks',
    expected: SECONDS,
  }),
});

const FalseAlive = z.strictObject({
  acceptSeconds: setting(seconds().default(alive.acceptSeconds), {
    unit: 's',
    reason: 'A server that is busy for some 300 ms between two accept() is ordinary; a second is felt by every client',
    expected: SECONDS,
  }),
  unreadSeconds: setting(seconds().default(alive.unreadSeconds), {
    unit: 's',
    reason:
      'Servers read a request before they work on it. At three looks, half a second apart at least, nothing of it was read: one that works on single requests for longer than that needs more here',
    expected: SECONDS,
  }),
  firmSeconds: setting(seconds().default(alive.firmSeconds), {
    unit: 's',
    reason: 'Longer than pauses of garbage collectors and most requests',
    expected: SECONDS,
  }),
  timeouts: setting(timeouts().default(alive.timeouts), {
    unit: 'retransmission timeouts in a row',
    reason: 'As for half-open: the third is never seen where the final ACK was taken',
    expected: TIMEOUTS,
  }),
  misses: setting(timeouts().default(alive.misses), {
    unit: 'false-alive attempts of a probe in a row',
    reason: 'One answer may be late; after two in a row the prober asks at once a third time',
    expected: TIMEOUTS,
  }),
  quietSeconds: setting(seconds().default(alive.quietSeconds), {
    unit: 's',
    reason: 'Retransmissions of a refused client come within 7 s of one another at first',
    expected: SECONDS,
  }),
});

const FalseDead = z.strictObject({
  quietSeconds: setting(seconds().default(dead.quietSeconds), {
    unit: 's',
    reason: 'Several attempts at the usual rate of a probe',
    expected: SECONDS,
  }),
});

export const Detect = z.strictObject({
  'accept-queue': setting(AcceptQueue.prefault({}), {
    reason: 'Listeners that turn connections away',
    expected: 'a mapping with fullLooks, quietSeconds and cookiesPerSecond',
  }),
  'sequence-anomaly': setting(SequenceAnomaly.prefault({}), {
    reason: 'Connections refused or stalled together, as when an address moves to another host',
    expected: 'a mapping with silentFlows, parts and quietSeconds',
  }),
  'time-wait-buildup': setting(TimeWaitBuildup.prefault({}), {
    reason: 'TIME_WAIT that uses up ports or buckets',
    expected: 'a mapping with warnShare, criticalShare, warnSeconds, serverEntries and bucketShare',
  }),
  'half-open': setting(HalfOpen.prefault({}), {
    reason: 'Connections whose other end is gone',
    expected: 'a mapping with suspectTimeouts, firmTimeouts, unsentTimeouts, keepAliveProbes, doubtMisses and quietSeconds',
  }),
  'false-alive': setting(FalseAlive.prefault({}), {
    reason: 'Connections that are established and that nobody serves',
    expected: 'a mapping with acceptSeconds, unreadSeconds, firmSeconds, timeouts, misses and quietSeconds',
  }),
  'false-dead': setting(FalseDead.prefault({}), {
    reason: 'Targets that our own probes wrongly gave up',
    expected: 'a mapping with quietSeconds',
  }),
  ...ConnectionDetectors,
});
