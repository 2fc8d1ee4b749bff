import type { Protocol } from './protocol.ts';

/** The handshake is done by the process itself, so its end proves more than a connection: a stopped process never ends it. */
export const tls: Protocol<'tls'> = {
  converse: async ({ lane }) => `handshake done: ${lane.tls?.version ?? 'no TLS'} ${lane.tls?.cipher ?? ''}`.trim(),
};
