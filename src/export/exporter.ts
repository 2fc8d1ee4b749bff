import type { Event } from '../core/model/event.ts';

/** How things stood at one moment, for what is drawn as a curve. */
export interface Figures {
  /** CLOCK_MONOTONIC, ns, and the same moment in µs since 1970. */
  readonly ns: number;
  readonly wallUs: number;
  /** CLOCK_BOOTTIME minus CLOCK_MONOTONIC, ns; null before the capture tells it. */
  readonly bootOffsetNs: number | null;
  /** Sockets tracked. */
  readonly sockets: number;
  /** Four-tuples in TIME_WAIT by our ledger, and by the kernel's own count; null where that was not read lately. */
  readonly timeWait: number;
  readonly timeWaitKernel: number | null;
  /** Records known lost, and shed on purpose, since the capture's beginning. */
  readonly lost: number;
  readonly shed: number;
}

/** Makes one form of a capture's events. What it has made is taken away step by step: nothing grows with the capture. */
export interface Exporter {
  events(events: readonly Event[]): void;
  /** About once a second of the capture's time, between the events of before and of after. */
  figures(figures: Figures): void;
  /** What can be written by now; it is forgotten here. */
  take(): string | Uint8Array;
  /** The capture is over: what {@link take} gives from now on is the last, until it gives nothing. */
  end(): void;
}
