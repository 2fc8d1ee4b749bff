import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { CACHE } from '../bench/places.ts';
import { makeRoot, Root } from '../bench/roots.ts';
import { BPFTRACES, type BpftraceName, isBpftrace, isKernel, KERNELS, type KernelName, MACHINES } from './machines.ts';
import type { GuestReport } from './report.ts';
import { cellOf, readMatrix, writeMatrix } from './table.ts';

// See scripts/kernel-matrix.

const FOLDER = join(CACHE, 'kernel-matrix');
const here = (name: string): string => join(import.meta.dirname, name);
const say = (line: string): void => console.error(line);

/** The machine that has no result yet; else the one whose result is oldest. */
function next(): readonly [KernelName, BpftraceName] {
  const matrix = readMatrix();
  const on = ([kernel, bpftrace]: readonly [KernelName, BpftraceName]): string => matrix[`${kernel} ${bpftrace}`]?.on ?? '';
  return MACHINES.toSorted((a, b) => on(a).localeCompare(on(b)))[0] ?? ['6.1', '0.17'];
}

async function prepare(kernel: KernelName, bpftrace: BpftraceName): Promise<{ kernel: string; root: string; app: string }> {
  const [kernels, roots, app] = [join(FOLDER, 'kernels', kernel), join(FOLDER, 'roots'), join(FOLDER, 'app.img')];
  mkdirSync(roots, { recursive: true });
  const run = async (script: string, ...args: string[]) => execa(here(script), args, { stdout: 'ignore', stderr: 'inherit' });
  if (!existsSync(kernels)) say(`fetching Linux ${kernel} of Debian ${KERNELS[kernel]} …`);
  await run('fetch.sh', KERNELS[kernel], kernels);
  const release = BPFTRACES[bpftrace];
  const image = join(roots, `${release}.img`);
  if (!existsSync(image)) {
    await makeRoot(release, { signal: AbortSignal.timeout(1_200_000), say });
    say(`making an image of Debian ${release} …`);
    await run('image.sh', Root.folderOf(release), image);
  }
  await run('app.sh', app);
  return { kernel: kernels, root: image, app };
}

/** What the machine says; a machine that dies before that is started once more, for QEMU 7.2 is not above suspicion. */
async function boot(parts: { kernel: string; root: string; app: string }, limitS: number): Promise<GuestReport> {
  const args = ['-k', parts.kernel, '-r', parts.root, '-a', parts.app, '-t', String(limitS), '--', 'node', '/app/test/kernel/guest.ts'];
  for (const last of [false, true]) {
    const { exitCode, stdout } = await execa('nice', ['-n', '15', here('boot.sh'), ...args], { reject: false, stderr: 'inherit' });
    if (exitCode === 0) return JSON.parse(stdout);
    if (last || exitCode === 124) throw new Error(`the machine came to nothing: status ${exitCode}`);
    say(`the machine ended with status ${exitCode}; once more …`);
  }
  throw new Error('not reached');
}

async function run(kernel: KernelName, bpftrace: BpftraceName): Promise<GuestReport> {
  const parts = await prepare(kernel, bpftrace);
  say(`Linux ${kernel} with bpftrace ${bpftrace} …`);
  return boot(parts, Number(values.limit));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string', default: '1200' }, record: { type: 'string' }, from: { type: 'string' } },
});
const [kernel, bpftrace] = positionals.length === 0 ? next() : positionals;
if (!isKernel(kernel) || !isBpftrace(bpftrace)) {
  say(`kernel-matrix: KERNEL is one of ${Object.keys(KERNELS).join(', ')}; BPFTRACE of ${Object.keys(BPFTRACES).join(', ')}`);
  process.exit(2);
}
const report: GuestReport = values.from === undefined ? await run(kernel, bpftrace) : JSON.parse(readFileSync(values.from, 'utf8'));
if (values.record !== undefined) writeFileSync(values.record, JSON.stringify(report));
const cell = cellOf(report, new Date().toISOString().slice(0, 10));
writeMatrix({ ...readMatrix(), [`${kernel} ${bpftrace}`]: cell });
for (const line of cell.differences) say(`  ${line}`);
console.log(
  `Linux ${cell.kernel}, bpftrace ${cell.bpftrace}: ${cell.differences.length === 0 ? 'the same events' : `${cell.differences.length} differences`}`,
);
process.exit(cell.differences.length === 0 ? 0 : 1);
