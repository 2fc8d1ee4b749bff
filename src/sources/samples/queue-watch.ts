import type { CountersInput, QueuesInput } from '../../core/model/input.ts';
import type { NetNamespace } from './netns.ts';
import { sampleQueues } from './queues.ts';
import type { RunOptions } from './run.ts';

/**
 * Queues are looked at this often where something waits, ns; where nothing does, as often as it costs a hundredth of the time, but at least and at
 * most so often. What the kernel tells no event of (an own link that is down, a process that is stopped) is found by looking alone.
 */
const BUSY_NS = 1e9;
const IDLE_NS = 5e9;
const IDLE_SHARE = 100;
/** And never for more than a fiftieth of the time, whoever asks; where something waits, those namespaces alone as much again. */
const SHARE = 50;
/** Rounds whose least cost counts: where the machine is busy `ss` mostly waits for its turn. */
const ROUNDS = 8;

/** When to look at queues: seldom where all is well, at once where something was refused, and never often enough to cost. */
export class QueueWatch {
  /** ListenOverflows of each namespace as last read. */
  readonly #overflows = new Map<number | null, number>();
  /** Namespaces where something was refused since the last look. */
  readonly #refusing = new Set<number | null>();
  #asked = false;
  /** Namespaces in which something waited when last looked at. */
  readonly #busy = new Set<number | null>();
  #lookedNs = Number.NEGATIVE_INFINITY;
  #wholeNs = Number.NEGATIVE_INFINITY;
  /** What one namespace took in each of the latest rounds. */
  #costsNs: readonly number[] = [];

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
    for (const netns of this.#busy) if (!namespaces.some((one) => one.netns === netns)) this.#busy.delete(netns);
    const eachNs = this.#costsNs.length === 0 ? 0 : Math.min(...this.#costsNs);
    const costNs = eachNs * namespaces.length;
    const everyNs = Math.min(IDLE_NS, Math.max(BUSY_NS, costNs * IDLE_SHARE));
    const wholeNs = nowNs - this.#wholeNs;
    if (wholeNs >= costNs * SHARE && (this.#asked || wholeNs >= everyNs * 0.9)) return namespaces;
    const passedNs = nowNs - this.#lookedNs;
    const some = namespaces.filter(({ netns }) => this.#refusing.has(netns) || (this.#busy.has(netns) && passedNs >= BUSY_NS * 0.9));
    return passedNs >= eachNs * some.length * SHARE ? some : [];
  }

  /** @throws SynopticError SAMPLE_FAILED */
  async look(namespace: NetNamespace, options: RunOptions): Promise<QueuesInput | null> {
    this.#refusing.delete(namespace.netns);
    const input = await sampleQueues(namespace, options);
    if (input === null) return null;
    const full = input.listeners?.some(({ waiting, backlog }) => waiting > backlog) === true;
    const waits = input.waiting?.some(({ timer, owned, recvQ }) => !owned || recvQ > 0 || (timer !== null && timer.backoff > 0)) === true;
    if (full || waits) this.#busy.add(namespace.netns);
    else this.#busy.delete(namespace.netns);
    return input;
  }

  /** A round of looks is done, at so many namespaces; `whole`: at all. */
  took(beganNs: number, endedNs: number, count: number, whole: boolean): void {
    this.#lookedNs = endedNs;
    this.#costsNs = [...this.#costsNs.slice(1 - ROUNDS), (endedNs - beganNs) / Math.max(1, count)];
    if (!whole) return;
    this.#wholeNs = endedNs;
    this.#asked = false;
  }
}
