import { type Fact, fact } from './fact.ts';
import { atLeast } from './kernel.ts';
import { type Root, valueIn } from './root.ts';

export interface Surroundings {
  /** Null where only a mark speaks for it (an image's /.dockerenv is also found on machines booted from one). */
  readonly container: Fact<boolean | null>;
  /** `host` where this process sees every process of the machine; owners of others' sockets are unknown otherwise. */
  readonly pidNamespace: Fact<'host' | 'own' | null>;
  /** `host` where this process shares the machine's own network. Hooks see all namespaces either way. */
  readonly netNamespace: Fact<'host' | 'own' | null>;
}

/** include/linux/proc_ns.h: the first pid namespace, and from Linux 6.18 the first network namespace, have fixed inodes. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
const FIRST_NET_NAMESPACE = 'net:[4026531833]';

const RUNTIME = /docker|kubepods|containerd|crio|libpod|lxc|nspawn/;

export function surroundingsOf(root: Root): Surroundings {
  const pidNamespace = pidNamespaceOf(root);
  return { pidNamespace, netNamespace: netNamespaceOf(root, pidNamespace.value), container: containerOf(root, pidNamespace.value) };
}

function pidNamespaceOf(root: Root): Fact<'host' | 'own' | null> {
  const link = root.link('/proc/self/ns/pid');
  if (link === null) return fact(null, '/proc/self/ns/pid cannot be read');
  return fact(link === FIRST_PID_NAMESPACE ? 'host' : 'own', `/proc/self/ns/pid is ${link}`);
}

function netNamespaceOf(root: Root, pidNamespace: 'host' | 'own' | null): Fact<'host' | 'own' | null> {
  const own = root.link('/proc/self/ns/net');
  if (own === null) return fact(null, '/proc/self/ns/net cannot be read');
  if (own === FIRST_NET_NAMESPACE) return fact('host', `/proc/self/ns/net is ${own}, the first one`);
  if (atLeast(valueIn(root, '/proc/sys/kernel/osrelease') ?? '0.0', 6, 18))
    return fact('own', `/proc/self/ns/net is ${own}, not the first one`);
  const first = root.link('/proc/1/ns/net');
  if (pidNamespace !== 'host' || first === null)
    return fact(null, `/proc/self/ns/net is ${own}; the machine's own cannot be seen from here`);
  return fact(own === first ? 'host' : 'own', `/proc/self/ns/net is ${own}, /proc/1/ns/net ${first}`);
}

function containerOf(root: Root, pidNamespace: 'host' | 'own' | null): Fact<boolean | null> {
  const runtime = RUNTIME.exec(valueIn(root, '/proc/self/cgroup') ?? '')?.[0];
  if (runtime !== undefined) return fact(true, `/proc/self/cgroup names ${runtime}`);
  const mark = ['/.dockerenv', '/run/.containerenv'].find((path) => root.exists(path));
  const first = valueIn(root, '/proc/1/comm') ?? 'unknown';
  if (pidNamespace === 'own') return fact(true, `a pid namespace of its own, whose first process is ${first}${mark ? `; ${mark}` : ''}`);
  if (mark !== undefined) return fact(null, `${mark} exists, yet the pid namespace is the machine's and its first process ${first}`);
  return fact(false, `no container's cgroup, no mark, first process ${first}`);
}
