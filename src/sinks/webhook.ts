import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Event, FindingEvent } from '../core/model/event.ts';
import { SEVERITIES, type Severity } from '../core/model/finding.ts';
import { keepNewest } from '../core/model/keep-newest.ts';
import { wireOf } from '../formats/event.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  /** The least that is posted. */
  readonly severity: Severity;
  readonly timeoutMs: number;
  readonly host: string;
  /** A delivery was given up, in words. */
  warn(message: string): void;
  /** From 0 up to 1; spreads retries. @default Math.random */
  readonly chance?: () => number;
  /** @default a timer that keeps no process alive */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What became of findings that were to be posted. */
export interface WebhookTotals {
  readonly delivered: number;
  /** Given up after all attempts, or refused for good. */
  readonly failed: number;
  /** Left out because too many waited. */
  readonly dropped: number;
  readonly retries: number;
  readonly waiting: number;
}

export const NOTHING_POSTED: WebhookTotals = { delivered: 0, failed: 0, dropped: 0, retries: 0, waiting: 0 };

/** Findings that wait at most; the oldest is left out for the newest. */
const WAITING = 256;
/** Attempts for one finding, and the pause after the first, ms: doubled each time, half of it by chance. 15 to 30 s in all. */
const ATTEMPTS = 5;
const PAUSE_MS = 2000;
/** Findings whose last severity is remembered. */
const REMEMBERED = 1024;
/** Answers after which asking again may help: too slow, too many, or the far end's own fault. */
const PASSING = new Set([408, 425, 429]);

type Outcome = 'delivered' | 'passing' | 'final';

/**
 * Posts findings to those who are paged: when one opens, becomes worse, and is resolved. One after another, in order; whatever the far end does,
 * `accept` comes back at once and holds no more than {@link WAITING} findings.
 *
 * The body is the finding as everywhere (formats/event.ts). `Synoptic-Signature: sha256=HEX` is the HMAC-SHA256 of the body's bytes with the
 * secret; `Synoptic-Delivery` is the same for all attempts at one.
 */
export class Webhook implements AsyncDisposable {
  readonly #options: WebhookOptions;
  readonly #waiting: FindingEvent[] = [];
  /** The severity last posted, by finding; resolved ones are forgotten. */
  readonly #posted = new Map<string, Severity>();
  readonly #stop = new AbortController();
  #totals = { delivered: 0, failed: 0, dropped: 0, retries: 0 };
  #delivering: Promise<void> | null = null;
  #inFlight = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  accept(events: readonly Event[]): void {
    for (const event of events) if (event.kind === 'finding' && this.#concerns(event)) this.#enqueue(event);
  }

  get totals(): WebhookTotals {
    return { ...this.#totals, waiting: this.#waiting.length + this.#inFlight };
  }

  /** Once nothing waits. */
  async idle(): Promise<void> {
    await this.#delivering;
  }

  /** Gives up at once: whoever stops an observer does not wait for a pager. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#delivering;
    const undelivered = this.#waiting.length;
    if (undelivered > 0) this.#options.warn(`webhook: ${undelivered} findings were not posted before the end`);
  }

  #concerns({ id, phase, severity }: FindingEvent): boolean {
    const before = this.#posted.get(id);
    if (phase === 'resolved') return this.#posted.delete(id);
    const level = SEVERITIES.indexOf(severity);
    if (level < SEVERITIES.indexOf(this.#options.severity)) return false;
    if (before !== undefined && level <= SEVERITIES.indexOf(before)) return false;
    keepNewest(this.#posted, id, severity, REMEMBERED);
    return true;
  }

  #enqueue(event: FindingEvent): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.push(event);
    if (this.#waiting.length > WAITING) {
      this.#waiting.shift();
      this.#totals.dropped++;
    }
    this.#delivering ??= this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#inFlight = 1;
      await this.#deliver(next);
      this.#inFlight = 0;
      if (this.#stop.signal.aborted) break;
    }
    this.#delivering = null;
  }

  async #deliver(event: FindingEvent): Promise<void> {
    const { signal } = this.#stop;
    const { chance = Math.random, wait = pause, secret, warn } = this.#options;
    const body = JSON.stringify(wireOf(event, this.#options.host));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'synoptic',
      'synoptic-signature': signatureOf(body, secret),
      'synoptic-delivery': `${event.id}-${event.seq}`,
    };
    for (let attempt = 1; ; attempt++) {
      const { outcome, why } = await this.#post(body, headers);
      if (outcome === 'delivered') {
        this.#totals.delivered++;
        return;
      }
      if (outcome === 'final' || attempt === ATTEMPTS || signal.aborted) {
        this.#totals.failed++;
        warn(`webhook: ${event.id} (${event.phase}) was not delivered: ${why}, attempt ${attempt} of ${ATTEMPTS}`);
        return;
      }
      this.#totals.retries++;
      await wait(PAUSE_MS * 2 ** (attempt - 1) * (0.5 + chance() / 2), signal).catch(() => undefined);
    }
  }

  /** One attempt; never throws. The address is in no words: paths of webhooks are often secrets themselves. */
  async #post(body: string, headers: Readonly<Record<string, string>>): Promise<{ readonly outcome: Outcome; readonly why: string }> {
    const { url, timeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
      // What it says is nobody's business, and may be long.
      await response.body?.cancel();
      const { status } = response;
      if (response.ok) return { outcome: 'delivered', why: '' };
      return { outcome: status >= 500 || PASSING.has(status) ? 'passing' : 'final', why: `it answered ${status}` };
    } catch (error) {
      return { outcome: 'passing', why: faultOf(error, timeoutMs) };
    }
  }
}

/** As a receiver computes it, over the bytes as they came. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function faultOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  if (error.name === 'AbortError') return 'the observer was stopped';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : 'the connection failed';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false });
}
