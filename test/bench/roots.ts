import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { CACHE } from './places.ts';

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
    return join(CACHE, 'roots', release);
  }

  static exists(release: Release): boolean {
    return existsSync(Root.folderOf(release));
  }

  /**
   * Makes it with debootstrap where it is not there yet (some minutes, 500 MB), in a folder beside it until it is whole.
   *
   * @throws Error where debootstrap or a mount fails.
   */
  static async open(release: Release, { signal, say }: { signal: AbortSignal; say(line: string): void }): Promise<Root> {
    const folder = Root.folderOf(release);
    if (!existsSync(folder)) await makeRoot(release, { signal, say });
    const root = new Root(realpathSync(folder));
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

/** Makes it, in a folder beside it until it is whole. */
export async function makeRoot(release: Release, { signal, say }: { signal: AbortSignal; say(line: string): void }): Promise<void> {
  const folder = Root.folderOf(release);
  const partial = `${folder}.partial`;
  if (existsSync(partial)) {
    for (const point of mountPoints(realpathSync(partial)).reverse()) await execa('umount', [point]);
    await execa('rm', ['-rf', '--one-file-system', partial]);
  }
  if (/\s/.test(partial))
    throw new Error(`debootstrap cannot write to a path with spaces, ${partial}: make .cache/roots a link to one without`);
  mkdirSync(partial, { recursive: true });
  say(`making a root of Debian ${release} for its bpftrace (debootstrap) …`);
  const include = `--include=${RELEASES[release].join(',')}`;
  await execa('debootstrap', ['--variant=minbase', include, release, partial], { cancelSignal: signal, all: true });
  renameSync(partial, folder);
}

/** Mount points at or below a folder, outermost first. Special characters are octal in mountinfo (proc_pid_mountinfo(5)). */
function mountPoints(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))))
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
}
