/** Thresholds of the detectors that watch how connections begin, stay and end, and our own probes. Reasons: config/connection-settings.ts. */
export interface ConnectionThresholds {
  readonly 'connect-failure': ConnectFailureThresholds;
  readonly 'close-wait-leak': CloseWaitThresholds;
  readonly 'stuck-close': StuckCloseThresholds;
  readonly 'connection-churn': ChurnThresholds;
  readonly 'probe-drift': ProbeDriftThresholds;
  readonly 'lingering-probe': LingeringProbeThresholds;
  readonly 'fast-open': FastOpenThresholds;
}

export interface ConnectFailureThresholds {
  /** Failures towards one destination within 10 to 20 s, and their least share of the attempts. */
  readonly failures: number;
  readonly share: number;
  /** Time-outs in a row of one SYN after which nobody is believed to answer; one less where two SYNs wait. */
  readonly silentTimeouts: number;
  /** Seconds without a failure after which it is over. */
  readonly quietSeconds: number;
}

export interface CloseWaitThresholds {
  /** How long a socket must be in CLOSE_WAIT to count, s. */
  readonly ageSeconds: number;
  /** Sockets of one owner that are worth a word. */
  readonly sockets: number;
  /** Age of the oldest that makes it a warning, s. */
  readonly warnSeconds: number;
  /** Sockets of that age at which it is critical. */
  readonly criticalSockets: number;
}

export interface StuckCloseThresholds {
  /** How long a socket must be in FIN_WAIT2 to count, s. */
  readonly ageSeconds: number;
  /** Sockets of one kind that are worth a word. */
  readonly sockets: number;
  /** Age of the oldest that makes it a warning, s. */
  readonly warnSeconds: number;
  /** Time-outs in a row of a FIN, or of what is before it, that are worth a word. */
  readonly timeouts: number;
  /** Sockets of one peer whose FIN is not acknowledged at which it is a warning. */
  readonly warnSockets: number;
}

export interface ChurnThresholds {
  /** Connections a second to one destination, each shorter than a second, in each of `seconds` seconds in a row. */
  readonly perSecond: number;
  /** By how many a second those that are open must rise, as long, and how many must be open. */
  readonly risePerSecond: number;
  readonly open: number;
  readonly seconds: number;
}

export interface ProbeDriftThresholds {
  /** What a phase may take beyond the network and the far end, ms. */
  readonly connectMs: number;
  readonly tlsMs: number;
  readonly requestMs: number;
  readonly closeMs: number;
  /** Attempts of the last ten that must be above one of these. */
  readonly attempts: number;
}

export interface LingeringProbeThresholds {
  /** Sockets of one target that outlive their attempts at which it is a warning. */
  readonly warnSockets: number;
}

export interface FastOpenThresholds {
  /** SYNs with data that were lost, and answered at once without, towards one destination within a minute. */
  readonly failures: number;
}

export const CONNECTION_THRESHOLDS: ConnectionThresholds = {
  'connect-failure': { failures: 3, share: 0.5, silentTimeouts: 3, quietSeconds: 30 },
  'close-wait-leak': { ageSeconds: 5, sockets: 5, warnSeconds: 60, criticalSockets: 1000 },
  'stuck-close': { ageSeconds: 5, sockets: 3, warnSeconds: 60, timeouts: 3, warnSockets: 10 },
  'connection-churn': { perSecond: 25, risePerSecond: 5, open: 50, seconds: 4 },
  'probe-drift': { connectMs: 50, tlsMs: 50, requestMs: 50, closeMs: 200, attempts: 3 },
  'lingering-probe': { warnSockets: 10 },
  'fast-open': { failures: 2 },
};
