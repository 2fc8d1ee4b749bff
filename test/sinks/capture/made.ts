import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Input, StartInput } from '../../../src/core/model/input.ts';
import { printInput } from '../../../src/formats/capture/file/frame.ts';
import { CAPTURE_VERSION, type CaptureHeader, type SegmentHead } from '../../../src/formats/capture/header.ts';
import { rfc3339 } from '../../../src/formats/utc.ts';
import { copySegments } from '../../../src/sinks/capture/copy.ts';
import { SegmentWriter } from '../../../src/sinks/capture/segment-writer.ts';

/** A folder that goes when it is disposed of. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'synoptic-captures-'));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function headerOf(start: StartInput, about: Partial<CaptureHeader> = {}): CaptureHeader {
  return {
    synopticCapture: CAPTURE_VERSION,
    synoptic: '0.1.0',
    run: 'run-1',
    host: start.host,
    kernel: start.kernel,
    bpftrace: null,
    scripts: {},
    clock: { monotonicNs: start.atNs, wallUs: start.wallUs },
    maxSockets: 1_000_000,
    configuration: {},
    sysctls: [],
    title: null,
    frozen: null,
    ...about,
  };
}

export function headOf(start: StartInput, about: Partial<SegmentHead> = {}): SegmentHead {
  return { index: 0, fromNs: start.atNs, wallUs: start.wallUs, start, up: null, rest: '', share: 1, ...about };
}

/** Never waits for a disk: what fails, fails. */
export const stuck = async (): Promise<boolean> => false;

/** Inputs in one write: what a sync of the recorder is. */
const SYNC = 200;

/** Writes inputs, the first of which is a `start`, to a segment of its own. */
export async function writeSegment(path: string, inputs: readonly Input[], header?: CaptureHeader): Promise<void> {
  const [start, ...rest] = inputs;
  if (start?.type !== 'start') throw new Error('a run begins with a start');
  const writer = await SegmentWriter.create({ path, header: header ?? headerOf(start), head: headOf(start), stuck });
  for (let from = 0; from < rest.length; from += SYNC) {
    const some = rest.slice(from, from + SYNC);
    await writer.write(
      some.flatMap((input) => [...printInput(input)]),
      some.length,
    );
  }
  await writer.seal(rest.at(-1)?.atNs ?? start.atNs, start.wallUs);
}

/** Writes inputs to a frozen capture. */
export async function writeCapture(path: string, inputs: readonly Input[], about: Partial<CaptureHeader> = {}): Promise<void> {
  const [start] = inputs;
  if (start?.type !== 'start') throw new Error('a run begins with a start');
  const at = rfc3339(start.wallUs);
  const to = rfc3339(start.wallUs + ((inputs.at(-1)?.atNs ?? start.atNs) - start.atNs) / 1000);
  const frozen = { id: '20261121T000000-made-0000', at, trigger: 'made' as const, reason: null, from: at, to };
  const segment = `${path}.segment`;
  await writeSegment(segment, inputs);
  await copySegments({ segments: [segment], header: headerOf(start, { frozen, ...about }), path });
  rmSync(segment);
}
