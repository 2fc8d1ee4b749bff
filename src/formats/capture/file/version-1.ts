import { z } from 'zod';
import { SynopticError } from '../../../core/model/errors.ts';
import type { Input, StartInput } from '../../../core/model/input.ts';
import { CAPTURE_VERSION, type CaptureHeader } from '../header.ts';
import { inputFault } from '../input.ts';

/**
 * Version 1 of captures, which were called recordings: a line of JSON for the header, then one for each Input, the first a `start`; all of it
 * in one zstd frame. Nothing writes it any more; it can still be read.
 */
const Header = z.strictObject({
  synopticRecording: z.literal(1),
  /** What it shows, in a sentence. */
  title: z.string(),
});

const Line = z.unknown().superRefine((value, context) => {
  const fault = inputFault(value);
  if (fault !== null) context.addIssue(fault);
});

export interface Version1 {
  readonly title: string;
  readonly start: StartInput;
  /** Those behind the start. */
  readonly inputs: readonly Input[];
}

/**
 * Reads the unpacked text.
 *
 * @throws SynopticError CAPTURE_DAMAGED, with the line.
 */
export function parseVersion1(text: string, file: string): Version1 {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '');
  const { title } = parseLine(first, Header, `${file}:1`, 'the header of a recording, version 1');
  const lines = rest.map((line, index) => parseLine(line, Line, `${file}:${index + 2}`, 'an input with type and atNs'));
  const [start, ...inputs] = lines as readonly Input[];
  if (start?.type !== 'start') {
    throw new SynopticError('CAPTURE_DAMAGED', 'The recording does not begin', { where: `${file}:2`, expected: 'an input of type start' });
  }
  return { title, start, inputs };
}

/** Sockets tracked at most when recordings were taken: nobody had changed it. */
const MAX_SOCKETS = 1_000_000;

/** The header that it would have today. What was not written down then is empty. */
export function headerOfVersion1({ title, start, inputs }: Version1, run: string): CaptureHeader {
  const up = inputs.find((input) => input.type === 'kernel-up');
  return {
    synopticCapture: CAPTURE_VERSION,
    synoptic: '0.1.0',
    run,
    host: start.host,
    kernel: start.kernel,
    bpftrace: up?.version ?? null,
    scripts: {},
    clock: { monotonicNs: start.atNs, wallUs: start.wallUs },
    maxSockets: MAX_SOCKETS,
    configuration: {},
    sysctls: [],
    title,
    frozen: null,
  };
}

function parseLine<T>(line: string, schema: z.ZodType<T>, where: string, expected: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new SynopticError('CAPTURE_DAMAGED', 'The recording holds something else here', { where, expected, cause });
  }
}
