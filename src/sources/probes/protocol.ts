import type { Socket } from 'node:net';
import type { ProbeProtocol, TargetFor } from '../../core/model/target.ts';
import type { Lane } from './lane.ts';
import type { Talk } from './talk.ts';

/** A pooled connection's memory from one beat to the next. */
export interface Pooled {
  readonly talk: Talk;
  /** Beats sent on this connection, the one that is due included. */
  readonly beat: number;
  /** Beats in a row before this one that were not answered in time; their answers may still come. */
  readonly misses: number;
  /** What the far end calls this connection, from an earlier beat; null where it never said. */
  peerName: string | null;
}

/** A connection that is established, and secured where the target wants TLS. */
export interface Conversation<P extends ProbeProtocol> {
  readonly target: TargetFor<P>;
  readonly stream: Socket;
  /** The TCP socket below `stream`; the same one without TLS. */
  readonly socket: Socket;
  readonly lane: Lane;
  /** The same for an attempt and its retries. */
  readonly requestId: string;
  /** Aborted at the end of the attempt's time, or when probing stops. */
  readonly signal: AbortSignal;
  /** Null where the connection is this attempt's alone. */
  readonly pooled: Pooled | null;
}

/** One way to ask a server whether it is alive. */
export interface Protocol<P extends ProbeProtocol> {
  /** ALPN names to offer, where TLS is wanted. @default none */
  readonly alpn?: readonly string[];
  /** Whether TLS is not begun at once, but asked for in the protocol itself, here. @default at once */
  startTls?(socket: Socket, signal: AbortSignal): Promise<void>;
  /**
   * Asks, and gives the answer in words.
   *
   * @throws Fault where the answer is wrong, or does not come; whatever the stream throws.
   */
  converse(conversation: Conversation<P>): Promise<string>;
}
