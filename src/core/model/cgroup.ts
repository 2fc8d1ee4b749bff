import type { ContainerRef } from './owner.ts';

/** Where a process runs, as far as its cgroup's path tells. Null is what it does not tell; text is as the kernel has it, chosen by whoever made the cgroup. */
export interface Place {
  readonly container: ContainerRef | null;
  /** Kubernetes' uid of the pod; the cgroup has no name of it. */
  readonly podUid: string | null;
  /** systemd's innermost service or scope that is no container's. */
  readonly unit: string | null;
}

const NOWHERE: Place = { container: null, podUid: null, unit: null };

const ID = '([0-9a-f]{64}|[0-9a-f]{32}-\\d+)';
const MAKERS = 'docker|cri-containerd|crio|libpod|containerd|nerdctl';
/** `docker-ID.scope` and the like, systemd's cgroup driver; CRI-O's and Podman's names stay so under cgroupfs, without `.scope`. */
const SCOPED = new RegExp(`^(${MAKERS})-${ID}(?:\\.scope)?$`);
/** `kubepods-….slice:cri-containerd:ID`: a systemd path under the cgroupfs driver, where containerd and kubelet were told different ones. */
const COLONS = new RegExp(`^(.*):(${MAKERS}):${ID}$`);
const BARE = new RegExp(`^${ID}$`);
const RUNTIMES: Readonly<Record<string, string>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  containerd: 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
};
/** LXC's own, Incus's and LXD's; systemd-nspawn's and machined's. Their ids are names. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/^lxc\.payload\.(.+)$/, 'lxc'],
  [/^systemd-nspawn@(.+)\.service$/, 'nspawn'],
  [/^machine-(.+)\.scope$/, 'nspawn'],
];
/**
 * `pod…` with dashes under cgroupfs, with underscores and around them `kubepods-burstable-…​.slice` under systemd; kind puts `kubelet-` before
 * it, a static pod's is 32 digits.
 */
const POD = /^(?:(?:[a-z0-9]+-)?kubepods(?:-[a-z]+)?-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
/** What the kernel writes behind the path of a cgroup that was removed. */
const DELETED = / \(deleted\)$/;

/**
 * Reads /proc/PID/cgroup (cgroups(7)): lines `ID:CONTROLLERS:PATH`, one for cgroup v2 (`0::PATH`), one for each hierarchy of v1. Where they
 * differ, the line that tells a container counts: v1 may leave a process in the root of some hierarchies. Whoever may make cgroups below
 * their own may give them any name, so the innermost is what is said, and {@link ContainerRef.outer} by whom.
 */
export function placeIn(text: string): Place {
  const places = text.split('\n').flatMap((line) => {
    const path = /^\d+:[^:]*:(\/.*)$/.exec(line)?.[1];
    return path === undefined ? [] : [placeOfPath(path.replace(DELETED, ''))];
  });
  return (
    places.find(({ container }) => container !== null) ??
    places.find(({ podUid }) => podUid !== null) ??
    places.find(({ unit }) => unit !== null) ??
    NOWHERE
  );
}

/** `/kubepods.slice/…/cri-containerd-3f2a….scope` → its place. Innermost last; a container in a container is the inner one. */
function placeOfPath(path: string): Place {
  let place = NOWHERE;
  let above = '';
  for (const whole of path.split('/')) {
    const [, before, maker = '', id] = COLONS.exec(whole) ?? [];
    const part = before ?? whole;
    const pod = POD.exec(part)?.[1]?.replaceAll('_', '-');
    if (pod !== undefined) place = { ...place, podUid: pod };
    const [runtime, name] = id === undefined ? containerOf(part, above) : [RUNTIMES[maker], id];
    if (name !== undefined) {
      const { container } = place;
      place = { ...place, container: { runtime: runtime ?? 'container', id: name, outer: container?.outer ?? container?.id ?? null } };
    } else if (pod === undefined && /\.(?:service|scope)$/.test(part)) place = { ...place, unit: part };
    above = part;
  }
  return place;
}

/** The runtime and id that one part of a path tells; `above` is the part before it. */
function containerOf(part: string, above: string): readonly [runtime?: string | undefined, id?: string | undefined] {
  const [, maker = '', id] = SCOPED.exec(part) ?? [];
  if (id !== undefined) return [RUNTIMES[maker], id];
  if (BARE.test(part)) return [RUNTIMES[above], part];
  for (const [pattern, runtime] of NAMED) {
    const name = pattern.exec(part)?.[1];
    if (name !== undefined) return [runtime, name];
  }
  return above === 'lxc' && part !== '' ? ['lxc', part] : [];
}
