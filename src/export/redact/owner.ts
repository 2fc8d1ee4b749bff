import type { NamespacesInput, OwnersInput } from '../../core/model/input.ts';
import type { Owner } from '../../core/model/owner.ts';
import type { Names } from './names.ts';

/** Who made a container, in words of ours; any other was a name of somebody's. */
const RUNTIMES: ReadonlySet<string> = new Set(['docker', 'containerd', 'cri-o', 'podman', 'lxc', 'nspawn']);

export function redactOwners({ atNs, found, still, gone, hidden, unread }: OwnersInput, names: Names): OwnersInput {
  return {
    ...{ type: 'owners', atNs, still, gone, hidden, unread },
    found: found.map(({ startedNs, seenNs, owner }) => ({
      startedNs,
      ...(seenNs === undefined ? {} : { seenNs }),
      owner: redactOwner(owner, names),
    })),
  };
}

export function redactNamespaces({ atNs, names: all }: NamespacesInput, names: Names): NamespacesInput {
  return { type: 'namespaces', atNs, names: all.map(({ netns, name }) => ({ netns, name: names.word('netns', name) })) };
}

function redactOwner({ pid, comm, unit, container, pod, lack }: Owner, names: Names): Owner {
  const word = (kind: string, name: string | null) => (name === null ? null : names.word(kind, name));
  return {
    pid,
    comm: comm === null ? null : names.process(comm),
    unit: word('unit', unit),
    container: container === null ? null : redactContainer(container, names),
    pod: pod === null ? null : { uid: names.uuid(pod.uid), name: word('pod', pod.name), namespace: word('namespace', pod.namespace) },
    lack,
  };
}

function redactContainer({ runtime, id, outer }: NonNullable<Owner['container']>, names: Names): Owner['container'] {
  return {
    runtime: RUNTIMES.has(runtime) ? runtime : 'container',
    id: names.word('container', id),
    outer: outer === null ? null : names.word('container', outer),
  };
}
