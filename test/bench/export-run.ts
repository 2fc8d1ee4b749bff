/**
 * Exports a capture, in a process of its own.
 *
 * Usage:  node test/bench/export-run.ts CAPTURE FORMAT OUT
 * Prints: one line of JSON: seconds of wall time, the most memory that was resident, MB (1,000,000 bytes), and what was said at the end
 */
import { EXPORT_FORMATS, exportCapture } from '../../src/commands/export.ts';

const [file = '', format = '', out = '/dev/null'] = process.argv.slice(2);
const to = EXPORT_FORMATS.find((one) => one === format);
if (to === undefined) throw new Error(`one of ${EXPORT_FORMATS.join(', ')}`);
let said = '';
const beganMs = performance.now();
await exportCapture({
  ...{ file, to, out, stdout: process.stdout, terminal: null, stop: { asked: false } },
  say: (line) => {
    said = line;
  },
});
const seconds = (performance.now() - beganMs) / 1000;
const mostMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(`${JSON.stringify({ seconds, mostMb, said })}\n`);
