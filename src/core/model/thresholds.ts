import { CONNECTION_THRESHOLDS, type ConnectionThresholds } from './connection-thresholds.ts';

/** What each detector is given, by its name; the settings under `detect.NAME` are these. */
export interface Thresholds extends ConnectionThresholds {
  readonly 'accept-queue': AcceptQueueThresholds;
  readonly 'sequence-anomaly': SequenceThresholds;
  readonly 'time-wait-buildup': TimeWaitThresholds;
  readonly 'half-open': HalfOpenThresholds;
  readonly 'false-alive': FalseAliveThresholds;
  readonly 'false-dead': FalseDeadThresholds;
}

export interface HalfOpenThresholds {
  /** Timeouts in a row, unanswered and with nothing heard of the peer, that are a suspicion, and that are more. */
  readonly suspectTimeouts: number;
  readonly firmTimeouts: number;
  /** Of those where nothing ever left this host. */
  readonly unsentTimeouts: number;
  /** Keep-alive probes in a row that went unanswered. */
  readonly keepAliveProbes: number;
  /** Probes of ours in a row that nobody answered, from which on idle connections to the same place are doubted. */
  readonly doubtMisses: number;
  /** Seconds after which a connection that the kernel gave up is no news. */
  readonly quietSeconds: number;
}

export interface FalseAliveThresholds {
  /** How long an established connection may wait for accept(), s. */
  readonly acceptSeconds: number;
  /** How long what came may lie unread at the accepting side, s. */
  readonly unreadSeconds: number;
  /** From when on either is more than a suspicion, s. */
  readonly firmSeconds: number;
  /** Timeouts in a row of a connection of which nothing but the SYN was ever acknowledged. */
  readonly timeouts: number;
  /** False-alive attempts of one probe in a row. */
  readonly misses: number;
  /** Seconds without a dropped final ACK after which that is over. */
  readonly quietSeconds: number;
}

export interface FalseDeadThresholds {
  /** Seconds without another one, nor an attempt that was alive, after which it is over. */
  readonly quietSeconds: number;
}

export interface AcceptQueueThresholds {
  /** Looks in a row at which a queue must be full, where nothing was refused yet. */
  readonly fullLooks: number;
  /** Seconds without a refusal after which it is over. */
  readonly quietSeconds: number;
  /** SYN cookies a second from which on a SYN queue counts as overrun. */
  readonly cookiesPerSecond: number;
}

export interface SequenceThresholds {
  /** Connections to one peer that must fall silent together where nothing else speaks for a move. */
  readonly silentFlows: number;
  /** Peers of one network, or networks behind one local address, that must be odd together to be told as one. */
  readonly parts: number;
  /** Seconds without a further sign after which it is over. */
  readonly quietSeconds: number;
}

export interface TimeWaitThresholds {
  /** Share of the ports towards one destination in TIME_WAIT that is a warning, and that is critical. */
  readonly warnShare: number;
  readonly criticalShare: number;
  /** Time to exhaustion at the present rate that is a warning, s. */
  readonly warnSeconds: number;
  /** Four-tuples in TIME_WAIT at one listening port that are worth a word. */
  readonly serverEntries: number;
  /** Share of tcp_max_tw_buckets that is a warning. */
  readonly bucketShare: number;
}

/** The reasons for these stand with the settings, in config/detect-settings.ts. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  'accept-queue': { fullLooks: 2, quietSeconds: 10, cookiesPerSecond: 1 },
  'sequence-anomaly': { silentFlows: 3, parts: 3, quietSeconds: 10 },
  'time-wait-buildup': { warnShare: 0.7, criticalShare: 0.9, warnSeconds: 60, serverEntries: 20_000, bucketShare: 0.8 },
  'half-open': { suspectTimeouts: 3, firmTimeouts: 4, unsentTimeouts: 2, keepAliveProbes: 2, doubtMisses: 2, quietSeconds: 30 },
  'false-alive': { acceptSeconds: 1, unreadSeconds: 1.2, firmSeconds: 5, timeouts: 3, misses: 2, quietSeconds: 10 },
  'false-dead': { quietSeconds: 60 },
  ...CONNECTION_THRESHOLDS,
};

export type DetectorName = keyof Thresholds;

/** Every detector there is, by name. */
export const DETECTOR_NAMES = Object.keys(DEFAULT_THRESHOLDS) as readonly DetectorName[];
