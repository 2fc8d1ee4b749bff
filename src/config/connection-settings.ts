import { z } from 'zod';
import { CONNECTION_THRESHOLDS } from '../core/model/connection-thresholds.ts';
import { setting } from './setting.ts';

/** Thresholds of the detectors that watch how connections begin, stay and end, and our own probes. */
const {
  'connect-failure': failure,
  'close-wait-leak': wait,
  'stuck-close': stuck,
  'connection-churn': churn,
  'probe-drift': drift,
  'lingering-probe': linger,
  'fast-open': fast,
} = CONNECTION_THRESHOLDS;

const SECONDS = 'a number from 1 to 3600';
const seconds = (standard: number) => z.number().min(1).max(3600).default(standard);
const COUNT = 'a whole number from 1 to 1000000';
const count = (standard: number) => z.int().min(1).max(1_000_000).default(standard);

const ConnectFailure = z.strictObject({
  failures: setting(count(failure.failures), {
    unit: 'failures towards one destination within 10 to 20 s',
    reason: 'One is refused at every restart, and two by a client that tries both address families',
    expected: COUNT,
  }),
  share: setting(z.number().gt(0).max(1).default(failure.share), {
    unit: 'share of the attempts',
    reason: 'Below half of them it is one of several addresses behind a name, or a queue that is full at times',
    expected: 'a number above 0, at most 1',
  }),
  silentTimeouts: setting(z.int().min(2).max(10).default(failure.silentTimeouts), {
    unit: 'time-outs in a row of one SYN',
    reason: 'A path that loses one segment in twenty loses a SYN twice once in 400 times; two SYNs that wait at once may do with one less',
    expected: 'a whole number from 2 to 10',
  }),
  quietSeconds: setting(seconds(failure.quietSeconds), {
    unit: 's',
    reason: 'Clients back off for some 10 to 30 s: what fails once in that time has not healed',
    expected: SECONDS,
  }),
});

const CloseWaitLeak = z.strictObject({
  ageSeconds: setting(seconds(wait.ageSeconds), {
    unit: 's in CLOSE_WAIT',
    reason: 'A process that reads the end of a stream closes within milliseconds; one that still answers takes seconds',
    expected: SECONDS,
  }),
  sockets: setting(count(wait.sockets), {
    unit: 'sockets of one service or process',
    reason: 'A few may be half-closed on purpose',
    expected: COUNT,
  }),
  warnSeconds: setting(seconds(wait.warnSeconds), {
    unit: 's in CLOSE_WAIT, the oldest',
    reason: 'Nearly no answer takes a minute after its client has said that it is done',
    expected: SECONDS,
  }),
  criticalSockets: setting(count(wait.criticalSockets), {
    unit: 'sockets',
    reason: 'The usual limit of a process is 1024 file descriptors: then it accepts nobody',
    expected: COUNT,
  }),
});

const StuckClose = z.strictObject({
  ageSeconds: setting(seconds(stuck.ageSeconds), {
    unit: 's in FIN_WAIT2',
    reason: 'The peer closes within a round trip and its own work; longer answers to a half-closed client are rare',
    expected: SECONDS,
  }),
  sockets: setting(count(stuck.sockets), {
    unit: 'sockets in FIN_WAIT2 towards one destination',
    reason: 'One or two may be half-closed on purpose',
    expected: COUNT,
  }),
  warnSeconds: setting(seconds(stuck.warnSeconds), {
    unit: 's in FIN_WAIT2, the oldest',
    reason: 'An orphan’s is ended by the kernel after tcp_fin_timeout, 60 s; one that a process holds has no end',
    expected: SECONDS,
  }),
  timeouts: setting(z.int().min(1).max(10).default(stuck.timeouts), {
    unit: 'time-outs in a row of one FIN',
    reason: 'Loss of 5 % loses three in a row once in 8,000 times',
    expected: 'a whole number from 1 to 10',
  }),
  warnSockets: setting(count(stuck.warnSockets), {
    unit: 'sockets of one peer',
    reason: 'A client that went out of reach leaves one or two behind every day; ten at once are a network or a host',
    expected: COUNT,
  }),
});

const ConnectionChurn = z.strictObject({
  perSecond: setting(z.number().gt(0).max(1_000_000).default(churn.perSecond), {
    unit: 'connections a second to one destination',
    reason: 'At this rate 1,500 ports are in TIME_WAIT, and each request pays for a handshake',
    expected: 'a number above 0, up to 1000000',
  }),
  risePerSecond: setting(z.number().gt(0).max(1_000_000).default(churn.risePerSecond), {
    unit: 'connections a second, opened and not closed, to one destination',
    reason: 'A pool that fills does it in a moment; one that leaks goes on',
    expected: 'a number above 0, up to 1000000',
  }),
  open: setting(count(churn.open), {
    unit: 'connections to one destination',
    reason: 'Pools of up to some tens are usual',
    expected: COUNT,
  }),
  seconds: setting(z.int().min(1).max(600).default(churn.seconds), {
    unit: 'whole seconds in a row',
    reason: 'A burst is over in one or two',
    expected: 'a whole number from 1 to 600',
  }),
});

const MS = 'a number above 0, up to 60000';
const ms = (standard: number) => z.number().gt(0).max(60_000).default(standard);

const ProbeDrift = z.strictObject({
  connectMs: setting(ms(drift.connectMs), {
    unit: 'ms',
    reason: 'A quiet prober adds 1 to 3 ms to connect(); at 50 its grades begin to be wrong',
    expected: MS,
  }),
  tlsMs: setting(ms(drift.tlsMs), { unit: 'ms', reason: 'As connectMs: a handshake’s own work is not counted', expected: MS }),
  requestMs: setting(ms(drift.requestMs), { unit: 'ms', reason: 'As connectMs: the far end’s own time is not counted', expected: MS }),
  closeMs: setting(ms(drift.closeMs), { unit: 'ms', reason: 'Nobody waits for a close; it only holds a port', expected: MS }),
  attempts: setting(z.int().min(1).max(10).default(drift.attempts), {
    unit: 'of the last ten attempts',
    reason: 'One is a collection, or another process for a moment',
    expected: 'a whole number from 1 to 10',
  }),
});

const LingeringProbe = z.strictObject({
  warnSockets: setting(count(linger.warnSockets), {
    unit: 'sockets of one target',
    reason: 'Each holds a port for minutes; ten say that every attempt leaves one',
    expected: COUNT,
  }),
});

const FastOpen = z.strictObject({
  failures: setting(count(fast.failures), {
    unit: 'SYNs with data lost towards one destination within a minute',
    reason: 'One may be lost like any other',
    expected: COUNT,
  }),
});

export const ConnectionDetectors = {
  'connect-failure': setting(ConnectFailure.prefault({}), {
    reason: 'Destinations that cannot be connected to',
    expected: 'a mapping with failures, share, silentTimeouts and quietSeconds',
  }),
  'close-wait-leak': setting(CloseWaitLeak.prefault({}), {
    reason: 'Sockets that their process does not close',
    expected: 'a mapping with ageSeconds, sockets, warnSeconds and criticalSockets',
  }),
  'stuck-close': setting(StuckClose.prefault({}), {
    reason: 'Closes that do not come to an end',
    expected: 'a mapping with ageSeconds, sockets, warnSeconds, timeouts and warnSockets',
  }),
  'connection-churn': setting(ConnectionChurn.prefault({}), {
    reason: 'Connections that are not used again',
    expected: 'a mapping with perSecond, risePerSecond, open and seconds',
  }),
  'probe-drift': setting(ProbeDrift.prefault({}), {
    reason: 'Probes that measure something else than the far end',
    expected: 'a mapping with connectMs, tlsMs, requestMs, closeMs and attempts',
  }),
  'lingering-probe': setting(LingeringProbe.prefault({}), {
    reason: 'Sockets of probes that outlive their attempts',
    expected: 'a mapping with warnSockets',
  }),
  'fast-open': setting(FastOpen.prefault({}), {
    reason: 'TCP Fast Open that is swallowed on the way',
    expected: 'a mapping with failures',
  }),
};
