import { execa } from 'execa';
import { boundingSetOf } from '../../src/sources/machine/bounding-set.ts';
import { readMachine } from '../../src/sources/machine/machine.ts';
import { parseBpftraceVersion } from '../../src/sources/machine/tools.ts';
import type { Root } from './roots.ts';

/** Where a bpftrace comes from: this machine's own, or a Debian release's in a root of its own. */
export const PLACES = ['system', 'trixie', 'sid'] as const;
export type Place = (typeof PLACES)[number];

export interface Bpftrace {
  readonly place: Place;
  /** For example `0.27.1`. */
  readonly version: string;
  readonly command: readonly string[];
  /** For the configuration: null is Synoptic's own choice. */
  readonly capabilities: readonly string[] | null;
  /** The newest of those chosen, and no perf-buffer one. */
  readonly newest: boolean;
  /** Up to 0.17: a perf buffer with a wake-up an event. */
  readonly perfBuffer: boolean;
}

type Found = Pick<Bpftrace, 'place' | 'version' | 'command' | 'capabilities'>;

const MINOR = (version: string): number => Number(version.split('.')[1]);
const LAST_PERF_BUFFER = 17;

/** Asks each for its version. */
export async function findBpftraces(roots: ReadonlyMap<Place, Root | null>): Promise<Bpftrace[]> {
  const found = await Promise.all([...roots].map(([place, root]) => find(place, root)));
  return markNewest(found);
}

async function find(place: Place, root: Root | null): Promise<Found> {
  const command = root === null ? ['bpftrace'] : ['chroot', root.folder, 'bpftrace'];
  const [file = '', ...args] = command;
  const { stdout } = await execa(file, [...args, '--version']);
  const parsed = parseBpftraceVersion(stdout);
  if (parsed === null) throw new Error(`${command.join(' ')} does not tell its version: ${stdout}`);
  if (root === null) return { place, version: parsed.version, command, capabilities: null };
  // What Synoptic would leave it, and what chroot itself needs.
  return { place, version: parsed.version, command, capabilities: [...boundingSetOf(await readMachine()), 'sys_chroot'] };
}

export function markNewest(found: readonly Found[]): Bpftrace[] {
  const newest = Math.max(...found.map(({ version }) => MINOR(version)));
  return found.map((one) => {
    const perfBuffer = MINOR(one.version) <= LAST_PERF_BUFFER;
    return { ...one, perfBuffer, newest: !perfBuffer && MINOR(one.version) === newest };
  });
}
