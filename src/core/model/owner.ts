/** A container as its cgroup's path tells it. */
export interface ContainerRef {
  /** Who made it: docker, containerd, cri-o, podman, lxc, nspawn; `container` where only an id tells that it is one. */
  readonly runtime: string;
  /** Usually 64 hex digits; the name for LXC and nspawn. */
  readonly id: string;
  /** The outermost container around it, which could have chosen its id; null where it is not nested. */
  readonly outer: string | null;
}

/** A Kubernetes pod. */
export interface PodRef {
  /** As the cgroup's path has it: the uid, or the hash of a static pod's manifest. */
  readonly uid: string;
  /** By kubelet's folder of its logs; null where that cannot be read. */
  readonly name: string | null;
  readonly namespace: string | null;
}

/**
 * Why no more is known of an owner than its pid. `gone`: it had ended before /proc could be asked, and whoever has its pid now is another.
 * `hidden`: /proc does not show it to us. `unread`: too many were new at once. `unsure`: what has the pid was started within the 10 ms to
 * which the kernel tells that, and goes by another name.
 */
export const OWNER_LACKS = ['gone', 'hidden', 'unread', 'unsure'] as const;
export type OwnerLack = (typeof OWNER_LACKS)[number];

/** The process that owns a socket, as /proc told of it when it was first looked at. One object a process: it may be compared by identity. */
export interface Owner {
  readonly pid: number;
  /** The process's own name, where a socket's `comm` is that of the thread. Text chosen by the process. */
  readonly comm: string | null;
  /** systemd's innermost service or scope that is no container's. */
  readonly unit: string | null;
  readonly container: ContainerRef | null;
  readonly pod: PodRef | null;
  readonly lack: OwnerLack | null;
}

/** An owner of which nothing but the pid is known, and why. */
export function lacking(pid: number, lack: OwnerLack): Owner {
  return { pid, comm: null, unit: null, container: null, pod: null, lack };
}

/** Enough of an id to find it again: what `docker ps` shows. */
const SHORT = 12;

/** `pod shop/web-7f9c`, `containerd 3f2a1b9c0d4e`, else `nginx.service`; empty where it is nowhere in particular. Text as it was chosen. */
export function whereIs({ pod, container, unit }: Owner): string[] {
  const words: string[] = [];
  if (pod !== null) words.push(`pod ${podName(pod)}`);
  if (container !== null) words.push(`${container.runtime} ${shortId(container.id)}`);
  if (words.length === 0 && unit !== null) words.push(unit);
  return words;
}

/** `shop/web-7f9c`; its uid where the name is not known. */
export function podName({ uid, name, namespace }: PodRef): string {
  return name === null ? uid : `${namespace}/${name}`;
}

/** 64 digits as 12; names as they are. */
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT) : id;
}
