import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('../..', import.meta.url));

/** Prints what the scripts handed over, and which process it is. */
const MAIN = `console.log(JSON.stringify({ pid: process.pid, node: process.version, args: process.argv.slice(2) }));\n`;

/** A small checkout with the real scripts and packages, in a folder whose name holds spaces. */
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(realpathSync(tmpdir()), 'a new checkout '));
  cpSync(join(HERE, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  symlinkSync(realpathSync(join(HERE, 'node_modules')), join(checkout, 'node_modules'));
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(HERE, file), join(checkout, file));
  writeFileSync(join(checkout, 'tsconfig.json'), '{}');
  mkdirSync(join(checkout, 'src'));
  writeFileSync(join(checkout, 'src/main.ts'), MAIN);
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
});

function run(script: string, args: string[], env: Record<string, string> = {}) {
  return execa(join(checkout, 'scripts', script), args, { cwd: '/', reject: false, stdin: 'ignore', env });
}

/** A PATH of no more than the named programs. */
function pathOf(programs: string[]): string {
  const folder = join(checkout, 'bin');
  mkdirSync(folder);
  for (const program of programs) {
    const found = (process.env['PATH'] ?? '').split(':').find((entry) => canBe(join(entry, program)));
    if (found === undefined) throw new Error(`this test needs ${program}`);
    symlinkSync(realpathSync(join(found, program)), join(folder, program));
  }
  return folder;
}

function canBe(path: string): boolean {
  try {
    return realpathSync(path) !== '';
  } catch {
    return false;
  }
}

describe('a start', { timeout: 60_000 }, () => {
  it('builds the first time and says so on stderr, and is silent the second time', async () => {
    const first = await run('synoptic', ['tail', 'two words', '']);
    expect(first.stderr).toBe('building (vite) …');
    expect(JSON.parse(first.stdout)).toMatchObject({ args: ['tail', 'two words', ''] });

    const second = await run('synoptic', ['tail']);
    expect(second.stderr).toBe('');
    expect(second.exitCode).toBe(0);
  });

  it('builds again when a source says something else, not when it was merely touched', async () => {
    await run('synoptic', []);
    utimesSync(join(checkout, 'src/main.ts'), new Date(), new Date());
    expect((await run('synoptic', [])).stderr).toBe('');

    writeFileSync(join(checkout, 'src/main.ts'), `console.log('changed');\n`);
    const changed = await run('synoptic', []);
    expect([changed.stderr, changed.stdout]).toEqual(['building (vite) …', 'changed']);
  });

  it('builds again when the output was deleted', async () => {
    await run('synoptic', []);
    rmSync(join(checkout, 'dist/main.js'));
    expect((await run('synoptic', [])).exitCode).toBe(0);
  });

  it('becomes the pinned Node: no shell stays in between, so signals reach it', async () => {
    const started = run('synoptic', []);
    const pid = started.pid;
    const { stdout } = await started;
    expect(JSON.parse(stdout)).toMatchObject({ pid, node: expect.stringMatching(/^v24\./) });
  });

  it('waits for another that is building, and both run', async () => {
    const both = await Promise.all([run('synoptic', ['a']), run('synoptic', ['b'])]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('building'))).toHaveLength(1);
  });

  it('that cannot be built gives the log’s path and fails, and the next one tries again', async () => {
    writeFileSync(join(checkout, 'src/main.ts'), 'const wrong: = "text";\n');
    const failed = await run('synoptic', []);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain(`the log is ${checkout}/.cache/setup.log`);

    writeFileSync(join(checkout, 'src/main.ts'), MAIN);
    expect((await run('synoptic', [])).exitCode).toBe(0);
  });
});

describe('a machine without bpftrace and without apt', { timeout: 60_000 }, () => {
  const TOOLS = ['bash', 'env', 'readlink', 'dirname', 'sha256sum', 'uname', 'cat', 'find', 'sort', 'xargs', 'grep', 'flock', 'tail', 'id'];

  it('is told what is missing and how to get it, with exit 3, before anything is written', async () => {
    const { exitCode, stderr } = await run('observe', [], { PATH: pathOf([...TOOLS, 'mkdir', 'rm', 'node', 'npm']) });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^setup: missing here: bpftrace.*\n {2}do: .*bpftrace/);
    expect(stderr).toContain('scripts/observe --demo');
    expect(existsSync(join(checkout, '.cache'))).toBe(false);
  });

  it('still shows the demo', async () => {
    const { exitCode, stdout } = await run('observe', ['--demo'], { PATH: pathOf([...TOOLS, 'mkdir', 'rm', 'node', 'npm']) });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ args: ['observe', '--demo'] });
  });
});

describe('scripts/setup', () => {
  it('refuses a part it does not know, and says which it knows', async () => {
    const { exitCode, stderr } = await run('setup', ['everything']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('app | observe | test');
  });

  it('prints its own manual', async () => {
    const { exitCode, stdout } = await run('setup', ['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^setup - .*[\s\S]*\nExit: /);
  });
});
