import type { Random } from './random.ts';

/** What a parser is most likely to be wrong about, wherever it stands. */
const EDGES = [
  ...['', ' ', '  ', '\n', '\r\n', '\t', '\0', '"', "'", '\\', '=', ',', ':', '-', '%', '/', '*', '{', '}', '[', ']', '#', '&', '?'],
  ...['0', '-1', '1', '65535', '65536', '4294967295', '4294967296', '9007199254740993', '18446744073709551615', '99999999999999999999'],
  ...['1e308', '-1e308', 'NaN', 'Infinity', '0x', 'ffffffffffffffff', '10000000000000000', '\x7f', '\xff', '\x1b[2J', '\u202e', '\ud800'],
  ...[
    'null',
    'true',
    '__proto__',
    'constructor',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
    '256.0.0.1',
    'fe80::1%eth0',
    '../',
    '%2e%2e%2f',
  ],
];

/** How often a piece may be repeated: long enough to show what grows with the square. */
const REPEATS = [2, 3, 10, 100, 1000];
/** No input is longer, characters: what is longer is refused by a bound that has a test of its own. */
const LONGEST = 8192;

/**
 * One text changed in one to four places: characters turned, taken out, doubled, moved; words put in that parsers stumble over; pieces of
 * another text of the same sort.
 */
export function mutatedText(text: string, random: Random, samples: readonly string[], words: readonly string[] = EDGES): string {
  let changed = text;
  for (let times = random.oneIn(2) ? 1 : 1 + random.below(4); times > 0; times--) changed = changedOnce(changed, random, samples, words);
  return changed.slice(0, LONGEST);
}

function changedOnce(text: string, random: Random, samples: readonly string[], words: readonly string[]): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.below(random.oneIn(4) ? 40 : 4));
  const [before, piece, after] = [text.slice(0, at), text.slice(at, to), text.slice(to)];
  switch (random.below(12)) {
    case 0:
      return before + after;
    case 1:
      return before + String.fromCharCode(random.below(random.oneIn(8) ? 0x10000 : 256)) + after;
    case 2:
      return before + random.pick(words) + text.slice(at);
    case 3:
      return before + random.pick(words) + after;
    case 4:
      return before + piece.repeat(random.pick(REPEATS)).slice(0, LONGEST) + after;
    case 5:
      return before;
    case 6:
      return before + random.pick(samples).slice(random.below(40)) + (random.oneIn(2) ? after : '');
    case 7:
      return swapped(text, random);
    case 8:
    case 9:
    case 10:
      return otherDigits(text, random);
    default:
      return text.replace(/\d+/g, (number) => (random.oneIn(3) ? random.pick(words) : number));
  }
}

/** Two of its words in each other's place. */
function swapped(text: string, random: Random): string {
  const parts = text.split(' ');
  const [one, other] = [random.below(parts.length), random.below(parts.length)];
  const [a = '', b = ''] = [parts[one], parts[other]];
  parts[one] = b;
  parts[other] = a;
  return parts.join(' ');
}

const HEX = '0123456789abcdef';

/** One word with other digits in the place of its own: most often what the parser still takes, and what comes behind it must bear. */
function otherDigits(text: string, random: Random): string {
  const words = text.split(' ');
  const at = random.below(words.length);
  const isDecimal = /^[\d.,-]*$/.test(words[at] ?? '');
  const digit = (): string => HEX[random.below(isDecimal ? 10 : 16)] ?? '';
  words[at] = (words[at] ?? '').replace(/(?<![g-zG-Z])[0-9a-f]/g, (old) => (random.oneIn(2) ? digit() : old));
  return words.join(' ');
}
