/**
 * Replays a capture as fast as can be, in a process of its own.
 *
 * Usage:  node test/bench/replay-run.ts CAPTURE
 * Prints: {"events":N,"seconds":S,"bytes":B}, one line
 */
import { statSync } from 'node:fs';
import { eventsOf } from '../../src/commands/capture-events.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';

const file = process.argv[2] ?? '';
const beganMs = performance.now();
let events = 0;
for await (const some of eventsOf(await openCapture(file))) events += some.length;
const seconds = (performance.now() - beganMs) / 1000;
process.stdout.write(`${JSON.stringify({ events, seconds, bytes: statSync(file).size })}\n`);
