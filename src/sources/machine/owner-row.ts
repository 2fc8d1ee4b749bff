import type { DoctorRow } from '../../formats/doctor.ts';
import { POD_LOGS } from '../attribution/pod-names.ts';
import { type Fact, fact } from './fact.ts';
import type { Root } from './root.ts';
import type { Surroundings } from './surroundings.ts';

/** What can be known here of a socket's owner beside its pid and name. */
export interface OwnerFacts {
  /** Whether others' processes are shown; null where our pids are not the machine's, so that nobody is looked up. */
  readonly shown: Fact<boolean | null>;
  /** Pods whose names can be read; null where there is no such folder. */
  readonly pods: Fact<number | null>;
  /** Whether this machine, or what it shows of itself, has to do with Kubernetes. */
  readonly kubernetes: boolean;
}

export function ownerFactsOf(root: Root, { pidNamespace }: Pick<Surroundings, 'pidNamespace'>): OwnerFacts {
  const first = root.read('/proc/1/cgroup');
  const pods = root.exists(POD_LOGS) ? root.list(POD_LOGS).length : null;
  const why = first.error === null ? 'can be read' : `${first.error}: /proc may be mounted with hidepid`;
  return {
    shown: pidNamespace.value === 'own' ? fact(null, pidNamespace.evidence) : fact(first.text !== null, `/proc/1/cgroup ${why}`),
    pods: fact(pods, `${POD_LOGS} ${pods === null ? 'does not exist' : pods === 0 ? 'is empty, or may not be listed' : 'can be listed'}`),
    kubernetes: pods !== null || root.exists('/var/lib/kubelet') || (root.read('/proc/self/cgroup').text ?? '').includes('kubepods'),
  };
}

/** The one row about them. Never hinders observing. */
export function ownerRow({ shown, pods, kubernetes }: OwnerFacts): DoctorRow {
  const name = 'owners';
  if (shown.value !== true) {
    const value = shown.value === null ? 'not looked up: pids here are not the machine’s' : 'hidden: /proc shows our own processes only';
    const mend =
      shown.value === null
        ? 'docker run --pid=host, hostPID: true'
        : 'mount /proc without hidepid, or with gid= of a group of the user it runs as';
    const cost = 'Of a socket’s owner only pid and name are known: no container, pod or unit';
    return { name, value, evidence: shown.evidence, severity: 'info', cost, mend };
  }
  const evidence = `${shown.evidence}; ${pods.evidence}`;
  if (kubernetes && (pods.value ?? 0) === 0) {
    return {
      ...{ name, value: 'container and unit of every process; pods by uid only', evidence, severity: 'info' },
      cost: 'A pod’s cgroup has no name: findings and events name it by its uid',
      mend: `let the user it runs as list ${POD_LOGS}; in a container mount it, read-only`,
    };
  }
  const value =
    pods.value === null ? 'container and unit of every process' : `container, unit and pod of every process; ${pods.value} pods by name`;
  return { name, value, evidence, severity: 'ok', cost: null, mend: null };
}
