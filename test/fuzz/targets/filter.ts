import { parseFilter } from '../../../src/formats/filter.ts';
import { connection } from '../../sinks/observed.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import type { Outcome, Reader, Target } from '../target.ts';

const FILTERS = [
  'port=443,8000-8100 addr=10.0.0.0/8 state=ESTABLISHED,CLOSE_WAIT comm="my app*"',
  'lport=1-65535 rport=80 laddr=::1 raddr=fe80::/10 pid=1,2,3 netns=4026531833 kind=state,gap host=web-1',
  'comm="a\\"b\\\\c\\*" kind=retransmit,reset',
  'raddr=::ffff:10.0.0.0/104 laddr=2001:db8::7/64',
  'comm=*a*b*c* state=time_wait',
];
const WORDS = [
  ...[
    'port=',
    'addr=',
    'state=',
    'comm=',
    'comm="',
    'kind=',
    'host=',
    'netns=',
    '"',
    '\\"',
    '\\',
    '*',
    ',',
    '-',
    '/',
    '=',
    ' ',
    '  ',
    '\t',
    '\n',
  ],
  ...[
    '0-65535',
    '9-1',
    '4294967296',
    '::',
    '::/129',
    '1.2.3.4/33',
    '010.0.0.1',
    'ESTABLISHED',
    'established',
    'gap',
    '\u3000',
    '\ud800',
    '\0',
  ],
];

/** As long as the API takes one. */
const LONGEST = 1000;
const ROW = connection(1, { comm: 'a b c' });

export const reader = {
  make: (random: Random): string => mutatedText(random.pick(FILTERS), random, FILTERS, WORDS).slice(0, LONGEST),
  read(input: string | Buffer): Outcome {
    const filter = parseFilter(String(input));
    filter.matchesConnection(ROW, 'web-1');
    const again = parseFilter(filter.text);
    if (again.text !== filter.text) throw new Error(`the canonical text is not: ${filter.text}`);
    return 'accepted';
  },
} satisfies Reader;

export const filter: Target = {
  name: 'filter',
  about: 'FILTER texts: compiled, tried on a connection, written canonically and compiled again to the same',
  thousands: 2500,
  open: () => reader,
};
