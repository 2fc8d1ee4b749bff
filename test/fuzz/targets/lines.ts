import { LineDecoder } from '../../../src/core/decode/index.ts';
import { EXAMPLES, LOOPBACK } from '../../core/recorded.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Outcome, Reader, Target } from '../target.ts';

/** Real lines of bpftrace's, of every script. */
export const LINES = [...new Set([...LOOPBACK.split('\n').filter((line) => line !== ''), ...EXAMPLES.map(([, line]) => line)])];

/** Words of the scripts' own language, beside what every parser stumbles over. */
export const WORDS = [
  ...[
    'S ',
    's ',
    'T ',
    't ',
    'L ',
    'l ',
    'B ',
    'C ',
    'R ',
    'Y ',
    'X ',
    'D ',
    'E ',
    'N ',
    'H ',
    '@state[1, 4]: ',
    '@drop: ',
    '_shed[',
    '\n',
  ],
  ...['Lost 7 events', '! exit 0', 'Attaching 3 probes...', '\\x41\\x00', '4142', '::ffff:10.0.0.1', '::1', 'ffffffffffffffff', '-1', ' '],
  ...['18446744073709551615', '99999999999999999999999', '65536', '\0', '\xff', '\x1b[2J', '', '  ', 'WARNING: ', '~~~~'],
];

/** The decoder of one run, which lives for the whole of it: names of threads and half lines are what it keeps. */
class Lines implements Reader {
  #records = 0;
  #faults = 0;
  readonly #decoder = new LineDecoder({
    record: () => void this.#records++,
    fault: () => void this.#faults++,
  });

  make: Reader['make'] = (random) => `${mutatedText(random.pick(LINES), random, LINES, WORDS)}\n`;

  read(input: string | Buffer): Outcome {
    [this.#records, this.#faults] = [0, 0];
    const text = String(input);
    // A pipe cuts anywhere; where it cuts must not matter.
    const middle = text.length >> 1;
    this.#decoder.write(text.slice(0, middle));
    this.#decoder.write(text.slice(middle));
    if (this.#faults > 0) return 'fault';
    return this.#records > 0 ? 'accepted' : 'talk';
  }
}

export const lines: Target = {
  name: 'lines',
  about:
    'lines of bpftrace’s, through one decoder that lives for the whole run; fault: told as undecodable; talk: no record, and none meant',
  thousands: 4000,
  open: () => new Lines(),
};
