import { z } from 'zod';
import { EVENT_KINDS } from '../core/model/event.ts';
import { EventWire, FindingEventWire } from './event.ts';
import { ProbeRow } from './probes.ts';
import { Problem } from './problem.ts';
import { Connection, Status } from './status.ts';

/**
 * The `/live` WebSocket, protocol 1. JSON text both ways.
 *
 * The server says `hello` at once and a `status` each second; another `hello` is another run, with `seq` from 1 and a new snapshot. A client that sends `subscribe` gets a `snapshot`, then `batch`es of the
 * events that fit its kinds and FILTER; a further `subscribe` replaces the first. A client that reads too slowly misses events and is
 * told by a `gap`; it is never disconnected for being slow, and nobody else waits for it.
 */
export const LIVE_PROTOCOL = 1;

export const Subscribe = z.strictObject({
  type: z.literal('subscribe'),
  kinds: z.array(z.enum(EVENT_KINDS)).max(EVENT_KINDS.length).optional().meta({ description: 'All kinds where left out' }),
  filter: z.string().max(1000).optional().meta({ description: 'FILTER terms, separated by spaces; all must hold' }),
});

export const ClientMessage = z.discriminatedUnion('type', [Subscribe]);
export type ClientMessage = z.infer<typeof ClientMessage>;

export const ServerMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), protocol: z.literal(LIVE_PROTOCOL), status: Status }),
  z.strictObject({ type: z.literal('status'), status: Status }),
  z.strictObject({
    type: z.literal('snapshot'),
    seq: z.int().nonnegative().meta({ description: 'Contained in it; later events come in batches, and rows may already show them' }),
    filter: z.string(),
    kinds: z.array(z.enum(EVENT_KINDS)),
    total: z.int().nonnegative().meta({ description: 'Connections that fit; only the first 1,000 are listed' }),
    connections: z.array(Connection),
    probes: z
      .array(ProbeRow)
      .optional()
      .meta({ description: 'The first 1,000 targets, where the kind `probe` is wanted and something is probed' }),
    findings: z.array(FindingEventWire).meta({ description: 'Those open that fit, where the kind finding was asked for' }),
    recent: z
      .array(EventWire)
      .optional()
      .meta({ description: 'In a replay: the last events up to `seq` that fit, at most 1,000, and up to 500 attempts from further back' }),
  }),
  z.strictObject({ type: z.literal('batch'), events: z.array(EventWire) }),
  z.strictObject({
    type: z.literal('gap'),
    missed: z.int().positive().meta({ description: 'Events that fitted and were not sent, because this client reads too slowly' }),
    fromSeq: z.int().positive(),
    toSeq: z.int().positive(),
  }),
  z.strictObject({ type: z.literal('error'), ...Problem.shape }),
]);
export type ServerMessage = z.infer<typeof ServerMessage>;
