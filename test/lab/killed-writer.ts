/**
 * Writes ticks to a segment as fast as it can, and says after each sync how many are safe; until it is killed.
 *
 * Usage: node test/lab/killed-writer.ts FILE START, the capture's header and its segment's head as JSON in START: it imports nothing but what
 * writes, for it is started and killed two hundred times.
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { printInput } from '../../src/formats/capture/file/frame.ts';
import { SegmentWriter } from '../../src/sinks/capture/segment-writer.ts';

const [, , path = '', begin = ''] = process.argv;
const writer = await SegmentWriter.create({ path, ...JSON.parse(begin), stuck: async () => false });
// Killed it cannot leave to the next one what Node compiled.
flushCompileCache();
for (let count = 0; ; ) {
  const frames: Buffer[] = [];
  for (let more = 0; more < 500; more++) {
    // Random digits, so that a sync is some KB and a kill may fall into the middle of one.
    const text = `${++count} ${Math.random()}\n`;
    frames.push(...printInput({ type: 'kernel', atNs: writer.head.fromNs + count, text }));
  }
  await writer.write(frames, frames.length);
  writeSync(1, `${count}\n`);
}
