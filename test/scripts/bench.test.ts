import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { BENCHMARKS } from '../bench/benchmarks.ts';

const BENCH = fileURLToPath(new URL('../bench/main.ts', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../scripts/bench', import.meta.url));

const bench = (...args: string[]) => execa(process.execPath, [BENCH, ...args], { reject: false, stdin: 'ignore' });

describe('scripts/bench', () => {
  it('prints its own manual, in which every benchmark has its line', async () => {
    const { exitCode, stdout } = await execa(SCRIPT, ['storm', '--help'], { reject: false, stdin: 'ignore' });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^bench - .*[\s\S]*\nExit: /);
    for (const { name } of BENCHMARKS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('refuses what it does not know before anything is set up or measured, with exit 2', async () => {
    const { exitCode, stdout, stderr } = await bench('strom');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Did you mean storm?');
    expect(stderr).toContain('scripts/bench --help');
  });
});
