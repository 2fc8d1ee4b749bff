import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { SynopticError } from '../core/model/errors.ts';
import type { Input, StartInput } from '../core/model/input.ts';
import { printInput } from '../formats/capture/file/frame.ts';
import { rfc3339 } from '../formats/utc.ts';
import { count } from '../formats/words/amount.ts';
import { joined } from '../sinks/capture/copy.ts';
import { SegmentWriter } from '../sinks/capture/segment-writer.ts';
import type { Capture } from '../sources/replay/capture-file.ts';
import { Stopped, type StopSignal } from './stop-signal.ts';
import { isOfOutput, outputFailed, writeWhole } from './whole-file.ts';

export interface ExportCaptureOptions {
  readonly capture: Capture;
  /** A file; there is none of that name until it is complete. */
  readonly out: string;
  /** Asked for, the export ends without its file. */
  readonly stop: Pick<StopSignal, 'asked'>;
  say(line: string): void;
}

/**
 * `synoptic export --to capture`: one file that holds the inputs of a capture, of whichever version or in however many segments it was. Notes
 * stay with the original. Its header comes first and says until when it tells, so a segment beside it is written before.
 *
 * @returns the exit status: 1 where it was stopped.
 * @throws SynopticError USAGE where the output is no file, what reading the capture throws, and OUTPUT_FAILED.
 */
export async function exportAsCapture({ capture, out, stop, say }: ExportCaptureOptions): Promise<number> {
  const found = out === '-' ? null : await stat(out).catch(() => null);
  if (out === '-' || found?.isFile() === false)
    throw new SynopticError('USAGE', 'A capture goes to a file', { where: '-o', expected: 'the name of a file' });
  const segment = `${out}.${process.pid}.segment.part`;
  try {
    const { inputs, from, to } = await writeSegment(capture, segment, stop).catch((cause: unknown) => {
      throw isOfOutput(cause) ? outputFailed(out, cause) : cause;
    });
    const { header } = capture;
    const made = { id: madeId(from), at: from, trigger: 'made' as const, reason: null, from, to };
    await writeWhole(joined({ segments: [segment], header: { ...header, frozen: header.frozen ?? made } }), out);
    say(`${count(inputs)} inputs written`);
    return 0;
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    say('stopped: nothing was written');
    return 1;
  } finally {
    await rm(segment, { force: true });
  }
}

interface Written {
  readonly inputs: number;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
}

/** All inputs, flushed where the original was. */
async function writeSegment({ header, inputs }: Capture, path: string, stop: Pick<StopSignal, 'asked'>): Promise<Written> {
  let writer: SegmentWriter | null = null;
  let written = 0;
  let lastNs = 0;
  let wall: Pick<StartInput, 'atNs' | 'wallUs'> = { atNs: 0, wallUs: 0 };
  let fromUs = 0;
  try {
    for await (const batch of inputs()) {
      let some: readonly Input[] = batch;
      if (writer === null) {
        const [start, ...rest] = batch;
        if (start?.type !== 'start') throw noStart();
        writer = await SegmentWriter.create({ path, header, head: headOf(start), stuck: async () => false });
        [some, wall, fromUs] = [rest, start, start.wallUs];
      }
      const frames: Buffer[] = [];
      for (const input of some) {
        if (stop.asked) throw new Stopped();
        frames.push(...printInput(input));
      }
      await writer.write(frames, some.length);
      written += some.length;
      for (const input of some) {
        lastNs = Math.max(lastNs, input.atNs);
        if (input.type === 'tick') wall = input;
      }
    }
    if (writer === null) throw noStart();
    const toUs = wall.wallUs + (lastNs - wall.atNs) / 1000;
    await writer.seal(lastNs, toUs);
    return { inputs: written, from: rfc3339(fromUs), to: rfc3339(toUs) };
  } finally {
    await writer?.close();
  }
}

function headOf(start: StartInput): Parameters<typeof SegmentWriter.create>[0]['head'] {
  return { index: 0, fromNs: start.atNs, wallUs: start.wallUs, start, up: null, rest: '', share: 1 };
}

/** As captures are called. */
function madeId(at: string): string {
  return `${at.slice(0, 19).replaceAll(/[-:]/g, '')}-made-${randomBytes(2).toString('hex')}`;
}

function noStart(): SynopticError {
  return new SynopticError('CAPTURE_DAMAGED', 'The capture holds no beginning of a run', { expected: 'at least one segment' });
}
