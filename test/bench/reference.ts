import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** What is read of the live stream's messages. */
const Message = z.object({ type: z.string(), events: z.array(z.object({ ns: z.string() })).optional() });

/** A few of the addresses that the storm connects to, and never where its connections come from: some 1.6 % of the stream. */
const FILTER = 'raddr=127.0.0.4/30';

/**
 * A light client of /live, in the bench's own process: how late events reach somebody who reads as fast as they come. Node's hrtime and
 * an event's `ns` are the same clock (CLOCK_MONOTONIC).
 */
export class Reference implements Disposable {
  readonly #socket: WebSocket;
  /** From the kernel's stamp to here, ms. */
  readonly delaysMs: number[] = [];

  private constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, { perMessageDeflate: false });
    this.#socket.on('message', (data) => {
      const nowMs = Number(process.hrtime.bigint()) / 1e6;
      const { events = [] } = Message.parse(JSON.parse(String(data)));
      for (const { ns } of events) this.delaysMs.push(nowMs - Number(ns) / 1e6);
    });
  }

  static async open(url: string, signal: AbortSignal): Promise<Reference> {
    const reference = new Reference(url.replace(/\/$/, ''));
    await once(reference.#socket, 'open', { signal });
    reference.#socket.send(JSON.stringify({ type: 'subscribe', kinds: ['state'], filter: FILTER }));
    return reference;
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
