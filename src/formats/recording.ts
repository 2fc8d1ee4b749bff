import { z } from 'zod';
import { SynopticError } from '../core/model/errors.ts';
import type { Input } from '../core/model/input.ts';

/**
 * A recorded run: what the core was given, so that giving it again says the same again. One line of JSON for the header, then one for
 * each Input, the first a `start`. Kept compressed (zstd).
 */
export const RECORDING_VERSION = 1;

const Header = z.strictObject({
  synopticRecording: z.literal(RECORDING_VERSION),
  /** What it shows, in a sentence. */
  title: z.string(),
});
export type RecordingHeader = z.infer<typeof Header>;

const TYPES = [
  'start',
  'kernel-up',
  'kernel',
  'kernel-down',
  'lost',
  'skipped',
  'canary',
  'sockets',
  'counters',
  'queues',
  'sysctls',
  'unsampled',
  'dialled',
  'probe',
  'tick',
] as const satisfies readonly Input['type'][];

/** The part of an Input that replaying stands on; the rest was written by ourselves. */
const Line = z.looseObject({ type: z.enum(TYPES), atNs: z.number().nonnegative() });

export function printHeader(title: string): string {
  return `${JSON.stringify({ synopticRecording: RECORDING_VERSION, title } satisfies RecordingHeader)}\n`;
}

export function printInput(input: Input): string {
  return `${JSON.stringify(input)}\n`;
}

/**
 * Reads a recording's text.
 *
 * @throws SynopticError RECORDING_UNREADABLE, with the line.
 */
export function parseRecording(text: string, file: string): { header: RecordingHeader; inputs: Input[] } {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '');
  const header = parseLine(first, Header, `${file}:1`, 'the header of a recording, version 1');
  const inputs = rest.map((line, index) => parseLine(line, Line, `${file}:${index + 2}`, 'an input with type and atNs'));
  if (inputs[0]?.type !== 'start') {
    throw new SynopticError('RECORDING_UNREADABLE', 'The recording does not begin', {
      where: `${file}:2`,
      expected: 'an input of type start',
    });
  }
  // What stands behind type and atNs was written by printInput; a file that says otherwise misleads its own replay only.
  return { header, inputs: inputs as unknown as Input[] };
}

function parseLine<T>(line: string, schema: z.ZodType<T>, where: string, expected: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new SynopticError('RECORDING_UNREADABLE', 'The recording holds something else here', { where, expected, cause });
  }
}
