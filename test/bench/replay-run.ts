/**
 * Replays a capture as fast as can be, in a process of its own.
 *
 * Usage:  node test/bench/replay-run.ts CAPTURE
 * Prints: {"events":N,"seconds":S,"cpuSeconds":C,"bytes":B}, one line; CPU of all its threads, from its start
 */
import { statSync } from 'node:fs';
import { eventsOf } from '../../src/commands/capture-events.ts';
import { startYoung } from '../../src/commands/young-generation.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';

// As in the product.
startYoung();
const file = process.argv[2] ?? '';
const beganMs = performance.now();
let events = 0;
for await (const some of eventsOf(await openCapture(file))) events += some.length;
const seconds = (performance.now() - beganMs) / 1000;
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ events, seconds, cpuSeconds: (user + system) / 1e6, bytes: statSync(file).size })}\n`);
