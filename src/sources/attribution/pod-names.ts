import type { PodRef } from '../../core/model/owner.ts';
import type { Root } from '../machine/root.ts';

/** Where kubelet keeps the logs of every pod: a folder `NAMESPACE_NAME_UID` each, made before its containers are started. */
export const POD_LOGS = '/var/log/pods';
/** A pod that is not there is looked for again after this, ms: the folder may hold thousands. */
const AGAIN_MS = 5000;
/** RFC 1123, as Kubernetes wants names of namespaces and pods; neither holds an underscore. */
const FOLDER = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)_([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)_([-0-9a-f]{32,36})$/;

/**
 * Names of pods by their uid. Not from what the process says of itself: HOSTNAME in its environment is its own choice, and the node's name in
 * pods of the host's network; and reading another's environment can be made to last for ever by whoever backs that memory (userfaultfd, FUSE).
 */
export class PodNames {
  readonly #root: Root;
  #byUid = new Map<string, PodRef>();
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(root: Root) {
    this.#root = root;
  }

  /** The pod with this uid; without a name where the folder has none such, or cannot be read. */
  of(uid: string, nowMs: number): PodRef {
    if (!this.#byUid.has(uid) && nowMs - this.#readMs >= AGAIN_MS) {
      this.#readMs = nowMs;
      this.#byUid = this.#read();
    }
    return this.#byUid.get(uid) ?? { uid, name: null, namespace: null };
  }

  #read(): Map<string, PodRef> {
    const pods = new Map<string, PodRef>();
    for (const folder of this.#root.list(POD_LOGS)) {
      const [, namespace, name, uid] = FOLDER.exec(folder) ?? [];
      if (namespace !== undefined && name !== undefined && uid !== undefined) pods.set(uid, { uid, name, namespace });
    }
    return pods;
  }
}
