import type { FourTuple } from '../model/four-tuple.ts';
import { CANARY, type CanaryInput, type StartInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { StateRecord } from '../model/record.ts';

/** The kernel's stamp of a canary's SYN_SENT, with the bracket it must lie in. */
export interface Bracket {
  readonly kernelNs: number;
  readonly beforeNs: number;
  readonly afterNs: number;
}

const HOSTS: ReadonlySet<string> = new Set(Object.values(CANARY));

/** Canaries told and seen are few: more than this many waiting means that one side is missing, and the oldest is given up. */
const WAITING = 16;
/**
 * Both sides of one canary come within a second or two of each other, ns; canaries are ten seconds apart. What waits longer has lost its other
 * side, and where ports are few the next canary may have the same.
 */
const APART_NS = 5e9;

/**
 * Finds our own canary connections among the kernel's transitions. At SYN_SENT the local port is still 0, so the socket's pointer
 * leads from there to ESTABLISHED, where the port is known, and the port to what we did ourselves.
 */
export class CanaryJoin {
  readonly #port: number;
  readonly #netns: number;
  readonly #synSent = new Map<number, number>();
  readonly #established = new Map<number, { readonly kernelNs: number; readonly heardNs: number }>();
  readonly #told = new Map<number, CanaryInput>();

  /** The listener's port, and its network namespace: another may use the same port. */
  constructor({ canaryPort, netns }: Pick<StartInput, 'canaryPort' | 'netns'>) {
    this.#port = canaryPort;
    this.#netns = netns;
  }

  /** Whether one end of this socket is the canary's listener. A script without BTF tells no namespace: then the port decides. */
  owns({ netns, laddr, lport, rport }: FourTuple & Pick<StateRecord, 'netns'>): boolean {
    return (rport === this.#port || lport === this.#port) && (netns ?? this.#netns) === this.#netns && HOSTS.has(laddr);
  }

  /** The kernel's side, heard at `nowNs`; `record.ns` is bpftrace's clock. */
  onState(record: StateRecord, nowNs: number): Bracket | null {
    if (record.rport !== this.#port || !HOSTS.has(record.raddr) || !this.owns(record)) return null;
    if (record.to === 'SYN_SENT') keepNewest(this.#synSent, record.skaddr, record.ns, WAITING);
    const kernelNs = this.#synSent.get(record.skaddr);
    if (record.to !== 'ESTABLISHED' || kernelNs === undefined) return null;
    this.#synSent.delete(record.skaddr);
    keepNewest(this.#established, record.lport, { kernelNs, heardNs: nowNs }, WAITING);
    return this.#join(record.lport);
  }

  /** Our own side. */
  onCanary(input: CanaryInput): Bracket | null {
    keepNewest(this.#told, input.lport, input, WAITING);
    return this.#join(input.lport);
  }

  /** bpftrace has ended: what was told or seen until now proves nothing about the next one. */
  restart(): void {
    this.#synSent.clear();
    this.#established.clear();
    this.#told.clear();
  }

  #join(lport: number): Bracket | null {
    const seen = this.#established.get(lport);
    const told = this.#told.get(lport);
    if (seen === undefined || told === undefined) return null;
    const apartNs = seen.heardNs - told.atNs;
    // The older of two that are not of one canary will never find its other side.
    if (apartNs > APART_NS) this.#told.delete(lport);
    if (apartNs < -APART_NS) this.#established.delete(lport);
    if (Math.abs(apartNs) > APART_NS) return null;
    this.#established.delete(lport);
    this.#told.delete(lport);
    return { kernelNs: seen.kernelNs, beforeNs: told.beforeNs, afterNs: told.afterNs };
  }
}
