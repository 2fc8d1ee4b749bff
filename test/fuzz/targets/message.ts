import { ClientMessage } from '../../../src/formats/live.ts';
import { parseClientMessage } from '../../../src/server/live-message.ts';
import { type Json, mutatedJson } from '../mutate-json.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Outcome, Reader, Target } from '../target.ts';
import { reader as filter } from './filter.ts';

const MESSAGES: readonly Json[] = [
  { type: 'subscribe' },
  { type: 'subscribe', kinds: ['state', 'gap', 'finding'], filter: 'port=443 comm="a b*"' },
  { type: 'subscribe', kinds: [], filter: 'addr=10.0.0.0/8 state=ESTABLISHED' },
];
const TEXTS = MESSAGES.map((message) => JSON.stringify(message));

const reader: Reader = {
  make(random) {
    if (random.oneIn(3)) return JSON.stringify({ type: 'subscribe', kinds: ['state'], filter: filter.make(random) });
    const text = JSON.stringify(mutatedJson(random.pick(MESSAGES), random));
    return random.oneIn(3) ? mutatedText(random.oneIn(2) ? text : random.pick(TEXTS), random, TEXTS) : text;
  },
  read(input): Outcome {
    const { kinds, filter: terms } = parseClientMessage(String(input));
    // What is understood must be what the documentation promises to understand.
    ClientMessage.parse({ type: 'subscribe', kinds, filter: terms.text.slice(0, 1000) });
    return 'accepted';
  },
};

export const message: Target = {
  name: 'message',
  about: 'messages of WebSocket clients: JSON with other values, names and kinds, or torn; and the FILTER within',
  thousands: 2500,
  open: () => reader,
};
