/** Where a process runs, as far as its cgroup's path tells. Null is what it does not tell; text is as the kernel has it, chosen by whoever made the cgroup. */
export interface Place {
  /** Who made the container: docker, containerd, cri-o, podman, lxc, nspawn; `container` where only an id tells that it is one. */
  readonly runtime: string | null;
  /** Its id, usually 64 hex digits; the name for LXC and nspawn. */
  readonly container: string | null;
  /** Kubernetes' uid of the pod; the cgroup has no name of it. */
  readonly podUid: string | null;
  /** systemd's innermost service or scope that is no container's. */
  readonly unit: string | null;
}

const ID = '([0-9a-f]{64}|[0-9a-f]{32}-\\d+)';
/** `docker-ID.scope` and the like: systemd's cgroup driver. */
const SCOPED = new RegExp(`^(docker|cri-containerd|crio|libpod|containerd|nerdctl)-${ID}\\.scope$`);
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
/** `pod…` with dashes under cgroupfs, with underscores and around them `kubepods-burstable-…​.slice` under systemd; a static pod's is 32 digits. */
const POD = /^(?:kubepods(?:-[a-z]+)?-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/**
 * Reads /proc/PID/cgroup (cgroups(7)): lines `ID:CONTROLLERS:PATH`, one for cgroup v2 (`0::PATH`), one for each hierarchy of v1. Where they
 * differ, the line that tells a container counts: v1 may leave a process in the root of some hierarchies.
 */
export function placeIn(text: string): Place {
  const places = text.split('\n').flatMap((line) => {
    const path = /^\d+:[^:]*:(\/.*)$/.exec(line)?.[1];
    return path === undefined ? [] : [placeOfPath(path)];
  });
  return (
    places.find(({ container }) => container !== null) ??
    places.find(({ podUid }) => podUid !== null) ??
    places.find(({ unit }) => unit !== null) ?? { runtime: null, container: null, podUid: null, unit: null }
  );
}

/** `/kubepods.slice/…/cri-containerd-3f2a….scope` → its place. Innermost last; a container in a container is the inner one. */
function placeOfPath(path: string): Place {
  let place: Place = { runtime: null, container: null, podUid: null, unit: null };
  let above = '';
  for (const part of path.split('/')) {
    const scoped = SCOPED.exec(part);
    const named = NAMED.map(([pattern, runtime]) => [pattern.exec(part)?.[1], runtime] as const).find(([name]) => name !== undefined);
    const pod = POD.exec(part)?.[1];
    if (scoped !== null) place = { ...place, runtime: RUNTIMES[scoped[1] ?? ''] ?? 'container', container: scoped[2] ?? null };
    else if (BARE.test(part)) place = { ...place, runtime: RUNTIMES[above] ?? 'container', container: part };
    else if (named !== undefined) place = { ...place, runtime: named[1], container: named[0] ?? null };
    else if (above === 'lxc' && part !== '') place = { ...place, runtime: 'lxc', container: part };
    else if (pod !== undefined) place = { ...place, podUid: pod.replaceAll('_', '-') };
    else if (/\.(?:service|scope)$/.test(part)) place = { ...place, unit: part };
    above = part;
  }
  return place;
}
