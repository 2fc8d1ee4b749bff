/** How much whoever connects may take, and for how long. */
export interface ServeLimits {
  /**
   * A connection on which nothing moves for so long is ended, an answer that nobody reads among them; WebSockets have their own bounds. Longer
   * than proxies and scrapers keep theirs, so that none is cut just when it is used again.
   */
  readonly idleMs: number;
  /** A request must be whole by then. */
  readonly requestMs: number;
  /** Connections at once, WebSockets among them; more are closed as they come. */
  readonly connections: number;
  /** Requests of one connection that wait for their answers; one that sends more is cut. Browsers and scrapers send one. */
  readonly pipelined: number;
  /** Long answers that are made and not yet taken, bytes, all together. */
  readonly unreadBytes: number;
  /** Messages of one WebSocket: so many at once, and so many a second on average. A person who types a filter sends ten. */
  readonly messages: { readonly atOnce: number; readonly perSecond: number };
}

export const SERVE_LIMITS: ServeLimits = {
  idleMs: 90_000,
  requestMs: 30_000,
  connections: 1024,
  pipelined: 8,
  unreadBytes: 64 * 1024 * 1024,
  messages: { atOnce: 200, perSecond: 50 },
};
