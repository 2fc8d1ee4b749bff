import { keepNewest } from '../model/keep-newest.ts';
import type { NeighbourRecord } from '../model/record.ts';

/** Neighbours remembered at most; the one heard of longest ago goes first. */
const CAP = 65536;

/**
 * The last link-layer address of each neighbour. The kernel forgets it when an entry fails and says zeros afterwards, so an address
 * that moved to another host can only be told by remembering. Where the kernel does say, its word counts: two namespaces may share a
 * device's name and an address, and the record does not tell them apart.
 */
export class Neighbours {
  readonly #last = new Map<string, string>();

  /** The change that this update makes known; null where the address is the same, or none was known before. */
  update(record: NeighbourRecord): { oldLink: string; newLink: string } | null {
    const { newLink } = record;
    if (record.failed || newLink === null) return null;
    const name = `${record.device} ${record.address}`;
    const oldLink = record.oldLink ?? this.#last.get(name) ?? null;
    keepNewest(this.#last, name, newLink, CAP);
    return oldLink === null || oldLink === newLink ? null : { oldLink, newLink };
  }
}
