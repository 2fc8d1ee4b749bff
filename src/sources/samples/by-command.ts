import type { CountersInput, SampleInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { sampleCounters } from './counters.ts';
import type { NetNamespace } from './netns.ts';
import { QueueWatch } from './queue-watch.ts';
import type { RunOptions } from './run.ts';
import { SysctlWatch } from './sysctl-watch.ts';

/** Looked at so often at most; and namespaces that no process of theirs opens for us, and settings, every so often, ns. */
const EVERY_NS = 1e9;
const WHOLE_NS = 5e9;
/** A timer that comes a little early need not wait for the next. */
const EARLY = 0.9;
/** Of those whose files a process of theirs opens for us, so many are read each time: 0.2 ms each. */
const READABLE = 8;

/** Takes one sample and passes it on, or says why there is none. */
type Take = (sample: () => Promise<SampleInput | null>) => Promise<void>;

/**
 * Looks at network namespaces by a command in each (`nsenter`, `ss`), where no thread of ours can go there: some 20 ms a look, so they are
 * looked at seldom.
 */
export class ByCommand {
  readonly #take: Take;
  readonly #options: RunOptions;
  readonly #queues = new QueueWatch();
  readonly #sysctls = new SysctlWatch();
  #lookedNs = Number.NEGATIVE_INFINITY;
  #wholeNs = Number.NEGATIVE_INFINITY;

  constructor(take: Take, options: RunOptions) {
    this.#take = take;
    this.#options = options;
  }

  /** Somebody has seen something that queues may explain. */
  attend(): void {
    this.#queues.attend();
  }

  /** Looks at those whose turn it is, where it is time. `tell` completes counters before they are passed on. */
  async look(namespaces: readonly NetNamespace[], tell: (counters: CountersInput) => CountersInput): Promise<void> {
    if (namespaces.length === 0 || nowNs() - this.#lookedNs < EVERY_NS * EARLY) return;
    this.#lookedNs = nowNs();
    const whole = this.#lookedNs - this.#wholeNs >= WHOLE_NS * EARLY;
    if (whole) this.#wholeNs = this.#lookedNs;
    if (whole) {
      for (const namespace of this.#sysctls.due(namespaces)) await this.#take(() => this.#sysctls.look(namespace, this.#options));
    }
    const near = namespaces.filter(({ own, pid }) => own || pid !== null).slice(0, READABLE + 1);
    for (const namespace of whole ? namespaces : near) {
      await this.#take(async () => {
        const counters = await sampleCounters(namespace, this.#options);
        if (counters === null) return null;
        this.#queues.counted(counters);
        return tell(counters);
      });
    }
    const due = this.#queues.due(nowNs(), namespaces);
    if (due.length === 0) return;
    const beganNs = nowNs();
    for (const namespace of due) await this.#take(() => this.#queues.look(namespace, this.#options));
    this.#queues.took(beganNs, nowNs(), due.length, due === namespaces);
  }
}
