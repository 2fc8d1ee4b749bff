import { z } from 'zod';
import { SynopticError } from '../../../core/model/errors.ts';
import { visibleText } from '../../words/visible-text.ts';
import { CAPTURE_VERSION, CaptureHeader, End, Note, Seal, SegmentHead, Trim } from '../header.ts';
import { damaged } from './chunk.ts';

/**
 * @throws SynopticError CAPTURE_NEWER for a version that this Synoptic does not know, CAPTURE_DAMAGED for what is no header.
 */
export function parseHeader(payload: Buffer, file: string): CaptureHeader {
  const value = json(payload, file, 'header');
  const version = z.object({ synopticCapture: z.number() }).safeParse(value).data?.synopticCapture;
  if (version !== undefined && version > CAPTURE_VERSION) {
    throw new SynopticError('CAPTURE_NEWER', `The capture is of version ${version}`, {
      where: file,
      expected: `at most version ${CAPTURE_VERSION}, the newest that this Synoptic knows`,
      mend: 'replay it with the Synoptic that took it, or a newer one',
    });
  }
  return checked(CaptureHeader, version === 2 ? upgraded(value) : value, file, 'header');
}

/** Version 2 knew no owners and no names of namespaces: what it holds is read as it is. */
function upgraded(value: unknown): unknown {
  return { ...(value as object), synopticCapture: CAPTURE_VERSION };
}

export function parseSegmentHead(payload: Buffer, file: string): SegmentHead {
  return checked(SegmentHead, json(payload, file, 'beginning of a segment'), file, 'beginning of a segment');
}

export function parseSeal(payload: Buffer, file: string): Seal {
  return checked(Seal, json(payload, file, 'seal of a segment'), file, 'seal of a segment');
}

export function parseTrim(payload: Buffer, file: string): Trim {
  return checked(Trim, json(payload, file, 'end of a segment'), file, 'end of a segment');
}

export function parseEnd(payload: Buffer, file: string): End {
  return checked(End, json(payload, file, 'end'), file, 'end');
}

export function parseNote(payload: Buffer, file: string): Note {
  return checked(Note, json(payload, file, 'note'), file, 'note');
}

function json(payload: Buffer, file: string, what: string): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw damaged(file, 0, `The ${what} is no JSON`, cause);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, file: string, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(file, 0, `The ${what} holds something else at ${visibleText(issue?.path.join('.') || 'its top')}`, parsed.error);
}
