import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOTS, SOURCES } from './places.ts';

/** Debian releases whose bpftrace is wanted, and what is installed there. */
export const RELEASES = {
  bookworm: ['bpftrace', 'iproute2'],
  trixie: ['bpftrace', 'iproute2', 'libbpf-tools'],
  sid: ['bpftrace', 'iproute2'],
} as const;
export type Release = keyof typeof RELEASES;

/** A Debian root with this machine's /proc, /sys and /dev in it. What was mounted here, and only that, is unmounted when disposed of. */
export class Root implements AsyncDisposable {
  readonly folder: string;
  readonly #mounted: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static folderOf(release: Release): string {
    return join(ROOTS, release);
  }

  static exists(release: Release): boolean {
    return existsSync(Root.folderOf(release));
  }

  /**
   * Makes it where it is not there yet, see {@link makeRoot}.
   *
   * @throws Error where debootstrap or a mount fails.
   */
  static async open(release: Release, making: Making): Promise<Root> {
    await makeRoot(release, making);
    const root = new Root(realpathSync(Root.folderOf(release)));
    try {
      for (const name of ['proc', 'sys', 'dev']) await root.#mount(`/${name}`);
      return root;
    } catch (error) {
      await root[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #mount(source: string): Promise<void> {
    const target = join(this.folder, source);
    if (mountPoints(target).includes(target)) return;
    await execa('mount', ['--rbind', source, target]);
    this.#mounted.push(target);
    // Unmounting must not reach back to the machine's own.
    await execa('mount', ['--make-rslave', target]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const target of this.#mounted.reverse()) await execa('umount', ['--recursive', '--lazy', target]);
  }
}

interface Making {
  readonly signal: AbortSignal;
  say(line: string): void;
}

/**
 * Makes it with debootstrap where it is not there yet (some minutes, 500 MB), or waits for another who does.
 *
 * @throws Error where debootstrap fails, with what it said.
 */
export async function makeRoot(release: Release, { signal, say }: Making): Promise<void> {
  if (Root.exists(release)) return;
  say(`making a root of Debian ${release} for its bpftrace (debootstrap) …`);
  const { exitCode, all } = await execa(join(SOURCES, 'root.sh'), [release, Root.folderOf(release), RELEASES[release].join(',')], {
    ...{ cancelSignal: signal, all: true, reject: false },
  });
  if (exitCode !== 0) throw new Error(`no root of Debian ${release} (${exitCode}): ${all.split('\n').slice(-5).join(' · ')}`);
}

/** Mount points at or below a folder, outermost first. Special characters are octal in mountinfo (proc_pid_mountinfo(5)). */
function mountPoints(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))))
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
}
