import { z } from 'zod';
import { EventWire } from './event.ts';
import { ProbeWire } from './probe.ts';
import { Connection } from './status.ts';

/** `GET /api/v1/sockets/{sock}`: what is remembered of one socket. */
export const SocketLife = z.strictObject({
  seq: z
    .int()
    .nonnegative()
    .meta({ description: 'The last event before this was said: all of the socket up to there is in it or forgotten' }),
  sock: z.int().positive(),
  connection: Connection.nullable().meta({ description: 'As it is now; null where it has ended' }),
  events: z.array(EventWire).meta({ description: 'Its events, oldest first, 2000 at most' }),
  left: z.int().nonnegative().meta({ description: 'Older ones that are remembered and not listed' }),
  beginning: z.enum(['seen', 'unseen', 'forgotten']).meta({
    description:
      'seen: the first event is how its life began; unseen: it was there before us, or its beginning was lost; forgotten: earlier events may have been told and are remembered no more',
  }),
  holes: z.boolean().meta({ description: 'Of a socket that has ended, some events after the first ones may be forgotten' }),
  attempts: z.array(ProbeWire).meta({ description: 'Attempts of our own probes on this socket that are remembered, oldest first' }),
});
export type SocketLife = z.infer<typeof SocketLife>;
