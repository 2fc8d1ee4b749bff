import { type Place, placeIn } from '../../core/model/cgroup.ts';
import { keepNewest } from '../../core/model/keep-newest.ts';
import { type Root, rootAt } from '../machine/root.ts';

/** Where a process runs, and what its pod calls itself. */
export interface Placed {
  readonly place: Place;
  /** HOSTNAME as the process was started with it: kubelet gives every container its pod's name. Null outside of pods, or where that is no such name. */
  readonly podName: string | null;
}

/** A pid is taken over by another process within seconds at worst: what was read is believed for this long. */
const BELIEVED_MS = 1000;
const CAP = 10_000;
/** RFC 1123, as Kubernetes wants a pod's name. */
const POD_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Places of processes, from /proc/PID/cgroup and, in pods, /proc/PID/environ. Nothing of a container's own files is opened: a link or a pipe
 * there could lead or hold us anywhere. Reading takes about 20 µs.
 */
export class Places {
  readonly #root: Root;
  readonly #known = new Map<number, { readonly placed: Placed; readonly atMs: number; readonly started: string }>();

  constructor(root: Root = rootAt()) {
    this.#root = root;
  }

  /** Null where the process is gone, or hidden. */
  of(pid: number, nowMs: number): Placed | null {
    const known = this.#known.get(pid);
    if (known !== undefined && nowMs - known.atMs < BELIEVED_MS) return known.placed;
    const started = this.#started(pid);
    if (started === null) {
      // Its last transitions come when it is gone. Its pid is not another's yet.
      return known?.placed ?? null;
    }
    if (known?.started === started) {
      keepNewest(this.#known, pid, { ...known, atMs: nowMs }, CAP);
      return known.placed;
    }
    const { text } = this.#root.read(`/proc/${pid}/cgroup`);
    if (text === null) return null;
    const place = placeIn(text);
    const placed = { place, podName: place.podUid === null ? null : this.#podName(pid) };
    keepNewest(this.#known, pid, { placed, atMs: nowMs, started }, CAP);
    return placed;
  }

  /** Field 22 of /proc/PID/stat; comm, which may hold anything, ends at the last bracket. */
  #started(pid: number): string | null {
    const { text } = this.#root.read(`/proc/${pid}/stat`);
    return text === null ? null : (text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null);
  }

  #podName(pid: number): string | null {
    const { text } = this.#root.read(`/proc/${pid}/environ`);
    const name = text
      ?.split('\0')
      .find((entry) => entry.startsWith('HOSTNAME='))
      ?.slice('HOSTNAME='.length);
    return name !== undefined && POD_NAME.test(name) ? name : null;
  }
}
