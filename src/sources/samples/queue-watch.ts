import type { CountersInput, QueuesInput } from '../../core/model/input.ts';
import type { NetNamespace } from './netns.ts';
import { sampleQueues } from './queues.ts';
import type { RunOptions } from './run.ts';

/** Queues are looked at this often where nothing waits, and where something does, ns. */
const IDLE_NS = 5e9;
const BUSY_NS = 1e9;
/** And never for more than a fiftieth of the time, whoever asks. */
const SHARE = 50;

/** When to look at queues: seldom where all is well, at once where something was refused, and never often enough to cost. */
export class QueueWatch {
  /** ListenOverflows of each namespace as last read. */
  readonly #overflows = new Map<number | null, number>();
  /** Namespaces where something was refused since the last look. */
  readonly #refusing = new Set<number | null>();
  #asked = false;
  #busy = false;
  #lookedNs = Number.NEGATIVE_INFINITY;
  #costNs = 0;

  /** Somebody has seen something that queues may explain. */
  attend(): void {
    this.#asked = true;
  }

  /** Counters just read: a rise of overflows asks for a look. */
  counted({ netns, ext }: CountersInput): void {
    const now = ext?.ListenOverflows ?? 0;
    const before = this.#overflows.get(netns);
    this.#overflows.set(netns, now);
    if (before !== undefined && now > before) this.#refusing.add(netns);
  }

  /** The namespaces to look at now; none where it is not time. */
  due(nowNs: number, namespaces: readonly NetNamespace[]): readonly NetNamespace[] {
    for (const netns of this.#overflows.keys()) if (!namespaces.some((one) => one.netns === netns)) this.#overflows.delete(netns);
    const passedNs = nowNs - this.#lookedNs;
    if (passedNs < this.#costNs * SHARE) return [];
    if (this.#asked || passedNs >= (this.#busy ? BUSY_NS : IDLE_NS) * 0.9) return namespaces;
    return namespaces.filter(({ netns }) => this.#refusing.has(netns));
  }

  /** @throws SynopticError SAMPLE_FAILED */
  async look(namespace: NetNamespace, options: RunOptions): Promise<QueuesInput | null> {
    this.#refusing.delete(namespace.netns);
    const input = await sampleQueues(namespace, options);
    if (input === null) return null;
    if (input.listeners?.some(({ waiting, backlog }) => waiting > backlog) === true) this.#full = true;
    if (input.waiting?.some(({ timer, owned }) => !owned || (timer !== null && timer.backoff > 0)) === true) this.#full = true;
    return input;
  }

  /** A round of looks is done. */
  took(beganNs: number, endedNs: number): void {
    this.#lookedNs = endedNs;
    this.#costNs = endedNs - beganNs;
    this.#busy = this.#full;
    this.#full = false;
    this.#asked = false;
  }

  /** Whether anything was found in this round that is worth another look soon. */
  #full = false;
}
