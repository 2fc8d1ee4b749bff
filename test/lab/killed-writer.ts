/**
 * Writes ticks to a segment as fast as it can, and says after each sync how many are safe; until it is killed.
 *
 * Usage: node test/lab/killed-writer.ts FILE
 */
import { writeSync } from 'node:fs';
import { printInput } from '../../src/formats/capture/file/frame.ts';
import { SegmentWriter } from '../../src/sinks/capture/segment-writer.ts';
import { start } from '../core/inputs.ts';
import { headerOf, headOf, stuck } from '../sinks/capture/made.ts';

const path = process.argv[2] ?? '';
const writer = await SegmentWriter.create({ path, header: headerOf(start), head: headOf(start), stuck });
for (let count = 0; ; ) {
  const frames: Buffer[] = [];
  for (let more = 0; more < 500; more++) {
    // Random digits, so that a sync is some KB and a kill may fall into the middle of one.
    const text = `${++count} ${Math.random()}\n`;
    frames.push(...printInput({ type: 'kernel', atNs: start.atNs + count, text }));
  }
  await writer.write(frames, frames.length);
  writeSync(1, `${count}\n`);
}
