/** What each detector is given, by its name; the settings under `detect.NAME` are these. */
export interface Thresholds {
  readonly 'accept-queue': AcceptQueueThresholds;
  readonly 'time-wait-buildup': TimeWaitThresholds;
}

export interface AcceptQueueThresholds {
  /** Looks in a row at which a queue must be full, where nothing was refused yet. */
  readonly fullLooks: number;
  /** Seconds without a refusal after which it is over. */
  readonly quietSeconds: number;
  /** SYN cookies a second from which on a SYN queue counts as overrun. */
  readonly cookiesPerSecond: number;
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
  'time-wait-buildup': { warnShare: 0.7, criticalShare: 0.9, warnSeconds: 60, serverEntries: 20_000, bucketShare: 0.8 },
};

export type DetectorName = keyof Thresholds;

/** Every detector there is, by name. */
export const DETECTOR_NAMES = Object.keys(DEFAULT_THRESHOLDS) as readonly DetectorName[];
