import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { CACHE, SOURCES } from './places.ts';

/** What loads the machine is in C: it must cost less than what it measures. */
const PROGRAMS = ['storm', 'readers', 'hold', 'accept'] as const;
type Program = (typeof PROGRAMS)[number];

export function compiled(program: Program): string {
  return join(CACHE, 'bench', program);
}

/** Compiles those that are missing or older than their source. */
export async function compile(): Promise<void> {
  mkdirSync(join(CACHE, 'bench'), { recursive: true });
  for (const program of PROGRAMS) {
    const source = join(SOURCES, `${program}.c`);
    if (changedMs(compiled(program)) > changedMs(source)) continue;
    await execa('cc', ['-O2', '-Wall', '-Wextra', '-pthread', '-o', compiled(program), source]);
  }
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
