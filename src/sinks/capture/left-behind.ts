import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { chunksIn } from '../../formats/capture/file/chunk.ts';
import { parseHeader, parseSegmentHead } from '../../formats/capture/file/parse.ts';
import type { CaptureHeader } from '../../formats/capture/header.ts';
import { rfc3339 } from '../../formats/utc.ts';

/** Enough for a header and the beginning of a segment, whatever names a kernel has. */
const PIECE = 256 * 1024;

/** What a dead observer's segments are of, and when; null where there are none that can be read. `to` is when the last was last written. */
export async function spanOf(segments: readonly string[]): Promise<{ header: CaptureHeader; from: string; to: string } | null> {
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) return null;
  const found = await beginningOf(first).catch(() => null);
  if (found === null) return null;
  return { ...found, to: rfc3339((await stat(last)).mtimeMs * 1000) };
}

async function beginningOf(segment: string): Promise<{ header: CaptureHeader; from: string } | null> {
  let header: CaptureHeader | null = null;
  for await (const chunk of chunksIn(createReadStream(segment, { highWaterMark: PIECE }), segment)) {
    if (chunk.kind === 'H') header = parseHeader(chunk.payload, segment);
    else if (chunk.kind === 'S' && header !== null) return { header, from: rfc3339(parseSegmentHead(chunk.payload, segment).wallUs) };
    else return null;
  }
  return null;
}
