import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { differences, type Golden, kernelLine, leftOut } from './judge.ts';
import type { LedgerReport } from './ledger.ts';
import { MACHINES } from './machines.ts';
import type { GuestReport, WayReport } from './report.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const golden = (): Golden => JSON.parse(readFileSync(at('golden.json'), 'utf8'));

/** The last result of one machine, as it is committed. */
export interface Cell {
  readonly kernel: string;
  readonly bpftrace: string;
  /** Day of the run. */
  readonly on: string;
  /** By way: the scripts that observed, and the facts that none could observe, with why. */
  readonly ways: Readonly<Record<string, { readonly scripts: readonly string[]; readonly lacking: readonly string[] }>>;
  /** TIME_WAIT by kprobe and inferred, of the same connections; left out where it was not looked at. */
  readonly ledger?: LedgerReport | null;
  readonly refused: readonly string[];
  readonly attaches: readonly string[];
  readonly differences: readonly string[];
}

export type Matrix = Record<string, Cell>;

export const readMatrix = (): Matrix => JSON.parse(readFileSync(at('matrix.json'), 'utf8'));

export function cellOf(report: GuestReport, on: string): Cell {
  return {
    kernel: report.kernel,
    bpftrace: report.bpftrace ?? 'none',
    on,
    ways: Object.fromEntries(report.ways.map((way) => [way.way, { scripts: scriptsOf(way), lacking: lackingOf(way) }])),
    ...(report.ledger === undefined ? {} : { ledger: report.ledger }),
    attaches: Object.entries(report.others).flatMap(([script, why]) => (why === null ? [script] : [])),
    refused: [
      ...report.ways.flatMap(leftOut),
      ...Object.entries(report.others).flatMap(([script, why]) => (why === null ? [] : [`${script}: ${why}`])),
    ],
    differences: differences(report, golden()),
  };
}

export function writeMatrix(matrix: Matrix): void {
  writeFileSync(at('matrix.json'), `${JSON.stringify(matrix, null, 2)}\n`);
  writeFileSync(at('matrix.md'), printMatrix(matrix, golden()));
}

/** The table for people. */
export function printMatrix(matrix: Matrix, { kernels }: Golden): string {
  const cells = Object.values(matrix).toSorted((a, b) => order(a).localeCompare(order(b)));
  const rows = cells.map((cell) => {
    const ways = Object.entries(cell.ways).map(([way, { lacking }]) =>
      lacking.length === 0 ? way : `${way} without ${lacking.map(first).join(', ')}`,
    );
    const result = cell.differences.length === 0 ? 'the same events' : `**${cell.differences.length} differences**`;
    return `| ${cell.kernel} | ${cell.bpftrace} | ${result} | ${ways.join(' · ')} | ${ledgerInWords(cell)} | ${cell.refused.map(first).join(', ') || 'none'} | ${cell.on} |`;
  });
  const missing = MACHINES.flatMap(([kernel, bpftrace]) =>
    matrix[`${kernel} ${bpftrace}`] === undefined ? [`${kernel} with ${bpftrace}`] : [],
  );
  const notes = Object.entries(kernels).map(([kernel, { why }]) => `- ${kernel}: ${why}`);
  const faults = cells.flatMap((cell) => cell.differences.map((line) => `- ${cell.kernel} with ${cell.bpftrace}: ${line}`));
  return [
    '# Kernels and bpftrace versions',
    '',
    'Written by `scripts/kernel-matrix`: the last result of each machine. Each was booted in QEMU and played a loopback exchange, a refused connection, a reset, a lost handshake and lost data.',
    '',
    'Ways: `best`, what Synoptic chooses there; `tracepoint`, without raw tracepoints; `kprobe`, with the tracepoints hidden that kprobes stand in for.',
    'bpftrace 0.11 is refused before anything is tried: `BPFTRACE_TOO_OLD`.',
    '',
    'TIME_WAIT: 40 closes, of which the kernel was allowed 25: its own count (sockstat), how many `time-wait-kprobe.bt` told to enter, and how many would have been',
    'inferred; of those before the bound was reached, how far the two ways are apart at most in when they entered and left.',
    '',
    '| Linux | bpftrace | events | ways that told them | TIME_WAIT: kernel · by kprobe · inferred | refused, in words | on |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...(missing.length === 0 ? [] : [`Not run to its end yet: ${missing.join(' · ')}.`, '']),
    'Where a kernel itself says less (`golden.json`):',
    '',
    ...notes,
    ...(faults.length === 0 ? [] : ['', 'Not as it should be:', '', ...faults]),
    '',
  ].join('\n');
}

const order = ({ kernel, bpftrace }: Cell): string =>
  `${kernelLine(kernel)
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.')} ${bpftrace}`;
function ledgerInWords({ ledger }: Cell): string {
  if (ledger === undefined) return 'not looked at';
  if (ledger === null) return 'inferred only';
  const { kernel, exact, inferred, agreed, apartMs } = ledger;
  return `${kernel[1]} · ${exact.entered} · ${inferred.entered}; ${agreed} both ways, ${apartMs.enter.toFixed(3)} ms and ${(apartMs.leave / 1000).toFixed(1)} s apart`;
}
const first = (text: string): string => text.split(':', 1)[0] ?? '';
/** Those that ran: without the ones that this kernel refused once they were chosen. */
function scriptsOf(way: WayReport): string[] {
  const gone = leftOut(way).map(first);
  return way.hooks.flatMap(({ script }) => (script === null || gone.includes(script) ? [] : [script]));
}
const lackingOf = ({ hooks }: WayReport): string[] =>
  hooks.flatMap(({ fact, script, lack }) => (script === null ? [`${fact}: ${lack}`] : []));
