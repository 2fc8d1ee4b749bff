import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names are looked up anew at most this often; inodes of namespaces are recycled within minutes. */
const BELIEVED_MS = 1000;

/** The names of network namespaces. Docker and CNI plug-ins that want to be seen by `ip netns` make them, too. */
export class NetnsNames {
  readonly #folder: string;
  #names: ReadonlyMap<number, string> = new Map();
  #readMs = Number.NEGATIVE_INFINITY;

  /** @param folder where `ip netns add NAME` keeps its bind mounts. */
  constructor(folder = '/run/netns') {
    this.#folder = folder;
  }

  /** The name of the namespace with this inode, the first of several; null where it has none. */
  of(netns: number, nowMs: number): string | null {
    if (nowMs - this.#readMs >= BELIEVED_MS) {
      this.#readMs = nowMs;
      this.#names = this.#read();
    }
    return this.#names.get(netns) ?? null;
  }

  #read(): ReadonlyMap<number, string> {
    const names = new Map<number, string>();
    let listed: string[];
    try {
      listed = readdirSync(this.#folder).sort();
    } catch {
      return names; // nobody has named one here
    }
    for (const name of listed) {
      const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false });
      if (stat !== undefined && !names.has(stat.ino)) names.set(stat.ino, name);
    }
    return names;
  }
}
