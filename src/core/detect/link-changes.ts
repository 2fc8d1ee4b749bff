import { parseNetwork } from '../model/address.ts';
import type { NeighbourEvent } from '../model/event.ts';
import { keepNewest } from '../model/keep-newest.ts';

/** Addresses remembered at most. */
const CAP = 4096;

/** The network that an address is most likely in: /24 for IPv4, /64 for IPv6. */
export function networkOf(address: string): string {
  // Asked of each odd connection at each look: in text it is a fifth of the time.
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  return parseNetwork(`${address}/64`)?.text ?? address;
}

/** Which link-layer addresses changed, and when: of each IP address the last change, and of each network. */
export class LinkChanges {
  readonly #byAddress = new Map<string, NeighbourEvent>();
  readonly #byNetwork = new Map<string, NeighbourEvent>();

  take(event: NeighbourEvent): void {
    if (event.oldLink === null || event.newLink === null || event.oldLink === event.newLink) return;
    keepNewest(this.#byAddress, event.address, event, CAP);
    keepNewest(this.#byNetwork, networkOf(event.address), event, CAP);
  }

  /** The last change of an address at `fromNs` or later. */
  of(address: string, fromNs: number): NeighbourEvent | null {
    const change = this.#byAddress.get(address);
    return change !== undefined && change.ns >= fromNs ? change : null;
  }

  /** The last change of any address of a network at `fromNs` or later. */
  within(network: string, fromNs: number): NeighbourEvent | null {
    const change = this.#byNetwork.get(network);
    return change !== undefined && change.ns >= fromNs ? change : null;
  }
}
