import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../../src/config/load.ts';
import { SETTINGS } from '../../../src/config/schema.ts';
import { type Json, mutatedJson } from '../mutate-json.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Outcome, Reader, Target } from '../target.ts';

const INVALID = fileURLToPath(new URL('../../config/invalid/', import.meta.url));

const WHOLE: Json = {
  ...{
    listen: '127.0.0.1:7373',
    token: null,
    allowedOrigins: ['https://ops.example.net'],
    maxSockets: 100_000,
    user: null,
    logLevel: 'info',
  },
  probes: ['tcp://10.0.0.7:443', { target: 'https://shop.example/health', every: '10s', json: { status: ['ready', 'up'] } }],
  bpftrace: { command: ['nsenter', '-t', '1', '-m', 'bpftrace'], capabilities: ['bpf', 'perfmon'], budget: 0, startTimeoutMs: 60_000 },
  captures: { record: true, minutes: 15, megabytes: 1000, keepDays: 30, keepMegabytes: 5000 },
  detect: { 'half-open': { suspectTimeouts: 3 }, 'probe-drift': { connectMs: 50 } },
  webhook: { url: 'https://pager.example.net/hook', secret: 'sixteen-characters', severity: 'warning', timeoutMs: 5000 },
};
const TEXTS = [
  'listen: 127.0.0.1:7373\ntoken: null\nprobes:\n  - tcp://10.0.0.7:443\n  - target: redis://:secret@10.0.0.8\n    every: 1s\nlogLevel: info\n',
  'bpftrace:\n  command: [bpftrace]\n  capabilities: null\ncaptures: { record: true, minutes: 15 }\nwebhook:\n  url: null\n',
  ...readdirSync(INVALID)
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => readFileSync(INVALID + name, 'utf8')),
];
const WORDS = [
  ...[
    '\n',
    '\n  ',
    '\t',
    ': ',
    '- ',
    '? ',
    '| ',
    '>-\n',
    '&a ',
    '*a',
    '!!str ',
    '!!map',
    '<<: *a',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '# ',
    '"',
    "'",
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    '[[[[[[[[',
    '{{{{{{{{',
    '&a [*a,*a]',
    '~',
    'null',
    '.inf',
    '0o17',
    '1e400',
    '\ud800',
    '\0',
    '\u0085',
    '\ufeff',
  ],
  ...SETTINGS.map(({ path }) => `${path.split('.').at(-1)}: `),
];

const reader: Reader = {
  make(random) {
    if (random.oneIn(3)) return JSON.stringify(mutatedJson(WHOLE, random), null, random.oneIn(2) ? 2 : 0);
    // Short: some thousand openings of a list, one in the other, are a test of their own.
    return mutatedText(random.pick(TEXTS), random, TEXTS, WORDS).slice(0, 2000);
  },
  read(input): Outcome {
    parseConfig(String(input), 'f.yml', {});
    return 'accepted';
  },
};

export const config: Target = {
  name: 'config',
  about: 'configuration files: YAML that is none, settings that are none, aliases, nesting, targets of probes',
  thousands: 60,
  open: () => reader,
};
