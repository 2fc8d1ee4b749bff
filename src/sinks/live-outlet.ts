/** UTF-8 that is given away with the message that holds it: whoever posts it may not look at it again. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** What the live sink says to whoever holds the connections. Bytes are whole messages of formats/live.ts, ready to be sent. */
export type LiveMessage =
  /** Matters now or never: left out for a client that does not read. Null is everybody. */
  | { readonly type: 'tell'; readonly clients: readonly number[] | null; readonly bytes: Bytes }
  /** From here on these clients get the channel's batches and no other's, behind the snapshot of the same `turn`. */
  | { readonly type: 'join'; readonly clients: readonly number[]; readonly channel: number; readonly turn: number }
  | { readonly type: 'snapshot'; readonly clients: readonly number[]; readonly turn: number; readonly bytes: Bytes }
  | ({ readonly type: 'batch'; readonly bytes: Bytes } & LiveSpan)
  /** Events that were not printed, because too much waits already. */
  | ({ readonly type: 'skip' } & LiveSpan)
  /** Another run begins, with `seq` from 1: whatever waits is of the one before. `bytes` greets everybody anew. */
  | { readonly type: 'restart'; readonly bytes: Bytes };

/** A stretch of a channel's events. */
export interface LiveSpan {
  readonly channel: number;
  readonly events: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** The way from the live sink to the connections. */
export interface LiveOutlet {
  /** Bytes of batches posted and not yet taken. */
  readonly waitingBytes: number;
  post(message: LiveMessage): void;
}
