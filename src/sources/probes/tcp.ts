import type { Protocol } from './protocol.ts';

/** Connected is all that is asked. Any application behind it may be dead: a kernel answers alone. */
export const tcp: Protocol<'tcp'> = {
  converse: async () => 'connected; nothing was asked of the application',
};
