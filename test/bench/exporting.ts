import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXPORT_FORMATS } from '../../src/commands/output-formats.ts';
import { Browser } from '../e2e/browser.ts';
import type { Benchmark, Figure, Report } from './benchmark.ts';
import { writeLargeCapture } from './large-capture.ts';
import { secondsToOpen } from './opened.ts';
import { MAIN } from './places.ts';

/** Of the capture, MB. The promise is about 1,000, which takes an hour: SYNOPTIC_EXPORT_MB=1000 scripts/bench exporting --rounds 1. */
const SIZES = { full: 50, quick: 5 };
const MOST_MB = 300;
const MOST_SECONDS = 3;
const LOOK_MS = 50;

/** The forms, and the words for what each writes. A capture replaces the file it is written to, so it goes to one; the others go nowhere. */
const FORMS: readonly { readonly name: string; readonly options: readonly string[]; readonly out: string | null }[] = [
  ...EXPORT_FORMATS.map((form) => ({ name: form, options: ['--to', form], out: form === 'capture' ? 'out.capture' : null })),
  { name: 'redacted capture', options: ['--to', 'capture', '--redact'], out: 'out.capture' },
];

/** Issue 6: what exporting a large capture takes, in each form, and how soon it is open in the viewer, with the built program. */
export const exporting: Benchmark = {
  name: 'exporting',
  about:
    'a large capture opened in the viewer and exported in each form, with the built program: its speed, and the most memory that was resident',
  each: false,
  run: async ({ rounds, quick, signal, say }): Promise<Report> => {
    const megabytes = Number(process.env['SYNOPTIC_EXPORT_MB'] ?? SIZES[quick ? 'quick' : 'full']);
    const folder = mkdtempSync(join(tmpdir(), 'synoptic-bench-'));
    try {
      const file = join(folder, 'large.segment');
      say(`making a capture of ${megabytes} MB`);
      const lines = await writeLargeCapture(file, megabytes * 1e6);
      const figures: Figure[] = [];
      const opened: number[] = [];
      await using browser = await Browser.open();
      for (let round = 1; round <= rounds; round++) {
        say(`round ${round} of ${rounds}: opened`);
        opened.push(await secondsToOpen(file, browser, signal));
      }
      figures.push({ name: 'replay: from the command to a page that plays', unit: 's', values: opened, target: { atMost: MOST_SECONDS } });
      for (const { name, options, out } of FORMS) {
        const [memory, speed]: [number[], number[]] = [[], []];
        for (let round = 1; round <= rounds; round++) {
          say(`round ${round} of ${rounds}: ${name}`);
          const { seconds, mostMb } = await exported([file, ...options, '-o', out === null ? '/dev/null' : join(folder, out)], signal);
          memory.push(mostMb);
          speed.push(lines / seconds);
        }
        figures.push({ name: `${name}: resident at most`, unit: 'MB', values: memory, target: { atMost: MOST_MB }, judged: 'max' });
        figures.push({ name: `${name}: speed`, unit: 'lines/s', values: speed });
      }
      return {
        figures,
        accounts: [],
        notes: [`${lines} lines of bpftrace’s output in ${megabytes} MB; captures go to a file, the rest to /dev/null`],
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function exported(words: readonly string[], signal: AbortSignal): Promise<{ seconds: number; mostMb: number }> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [MAIN, 'export', ...words], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  const closed = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let mostMb = 0;
  // The kernel keeps the most itself; only what comes in the last moment is missed.
  const looking = setInterval(() => {
    mostMb = Math.max(mostMb, residentAtMost(child.pid));
  }, LOOK_MS);
  try {
    const [code] = await closed;
    if (code !== 0) throw new Error(`the export ended with ${code}: ${said}`);
  } finally {
    clearInterval(looking);
  }
  return { seconds: (performance.now() - beganMs) / 1000, mostMb };
}

/** VmHWM, proc_pid_status(5), in MB; 0 once the process is over. */
function residentAtMost(pid: number | undefined): number {
  try {
    return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}
