import { type FourTuple, unmapped } from '../../core/model/four-tuple.ts';
import type { During, Moment, Moments, PooledView, TlsView } from '../../core/model/probe.ts';
import { MOMENTS } from '../../core/model/probe.ts';
import type { SocketView } from '../../core/model/socket-view.ts';
import { nowNs } from '../clock.ts';
import type { ProbeSocket } from './probe-socket.ts';

/** What one attempt writes down while it runs: the application's lane. */
export class Lane {
  readonly #moments = new Map<Moment, number>();
  addresses: readonly string[] = [];
  tls: TlsView | null = null;
  pooled: PooledView | null = null;
  laddr: string | null = null;
  lport: number | null = null;
  raddr: string | null = null;
  socket: SocketView | null = null;
  #during: During = 'lookup';
  /** Null once it was told. */
  #onDialled: ((ends: Omit<FourTuple, 'rport'>) => void) | null;
  #socket: ProbeSocket | null = null;
  /** Segments that the socket had sent again before this attempt. */
  retransmitsBefore = 0;
  #sentBefore = 0;
  #receivedBefore = 0;

  /** @param onDialled called once, when the local port of a new socket is known. */
  constructor(onDialled: (ends: Omit<FourTuple, 'rport'>) => void) {
    this.#onDialled = onDialled;
  }

  /** Writes a moment down; only its first time counts. */
  mark(moment: Moment): number {
    const ns = nowNs();
    if (!this.#moments.has(moment)) this.#moments.set(moment, ns);
    return ns;
  }

  /** What is being done, for the words of a failure. Whoever writes with Fast Open is still connecting until a SYN-ACK has come. */
  get during(): During {
    const { outcome } = this.socket?.fastOpen ?? {};
    return outcome === 'unanswered' || outcome === 'not-sent' ? 'connect' : this.#during;
  }

  set during(during: During) {
    this.#during = during;
  }

  /** Follows a socket's addresses and bytes from here on. */
  follow(socket: ProbeSocket): void {
    this.#socket = socket;
    this.retransmitsBefore = socket.info()?.retransmits ?? 0;
    this.#sentBefore = socket.bytesWritten;
    this.#receivedBefore = socket.bytesRead;
  }

  /** Reads the socket's addresses, as long as it has a file descriptor to ask. */
  locate(): void {
    const { localAddress, localPort } = this.#socket ?? {};
    if (localAddress === undefined || localPort === undefined || localPort === 0) return;
    this.laddr = unmapped(localAddress);
    this.lport = localPort;
  }

  /** As {@link locate}, for a socket that is this attempt's own. */
  locateNew(): void {
    this.locate();
    const { laddr, lport, raddr } = this;
    if (laddr === null || lport === null || raddr === null) return;
    this.#onDialled?.({ laddr, lport, raddr: unmapped(raddr) });
    this.#onDialled = null;
  }

  get bytesSent(): number {
    return (this.#socket?.bytesWritten ?? 0) - this.#sentBefore;
  }

  get bytesReceived(): number {
    return (this.#socket?.bytesRead ?? 0) - this.#receivedBefore;
  }

  get moments(): Moments {
    return Object.fromEntries(MOMENTS.map((moment) => [moment, this.#moments.get(moment) ?? null])) as Record<Moment, number | null>;
  }
}
