import { count, duration, size } from '../formats/words/amount.ts';

/** Shown so often, ms. */
const EVERY_MS = 250;
/** Before that nobody can say how long it will take, ms. */
const SURE_MS = 2000;

export interface Standing {
  /** 0 to 1. */
  readonly share: number;
  readonly events: number;
  /** Written so far. */
  readonly bytes: number;
}

export interface ProgressOptions {
  readonly terminal: NodeJS.WritableStream & { readonly columns?: number };
  /** Any clock, ms. */
  now(): number;
}

/** How far something is, on one line of a terminal that is written over and goes when all is done. */
export class Progress implements Disposable {
  readonly #options: ProgressOptions;
  readonly #beganMs: number;
  #shownMs: number;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#beganMs = options.now();
    this.#shownMs = this.#beganMs;
  }

  /** Shows it, unless it was shown a moment ago. */
  show(standing: Standing): void {
    const nowMs = this.#options.now();
    if (nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    const { terminal } = this.#options;
    const words = progressInWords(standing, nowMs - this.#beganMs);
    // One that is wrapped cannot be written over.
    terminal.write(`\r${words.slice(0, (terminal.columns ?? 80) - 1)}\x1b[K`);
  }

  [Symbol.dispose](): void {
    if (this.#shownMs === this.#beganMs) return;
    this.#shownMs = this.#beganMs;
    this.#options.terminal.write('\r\x1b[K');
  }
}

/** `42 % · 1,234,567 events · 120 MB · 38 s left`; what is left is said once it can be known. */
export function progressInWords({ share, events, bytes }: Standing, tookMs: number): string {
  const parts = [`${Math.floor(share * 100)} %`, `${count(events)} events`, size(bytes)];
  if (tookMs >= SURE_MS && share > 0.01) {
    const leftS = Math.ceil((tookMs * (1 - share)) / share / 1000);
    parts.push(`${duration(leftS * 1e6)} left`);
  }
  return parts.join(' · ');
}
