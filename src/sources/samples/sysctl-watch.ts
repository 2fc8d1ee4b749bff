import type { SysctlsInput } from '../../core/model/input.ts';
import type { NetNamespace } from './netns.ts';
import type { RunOptions } from './run.ts';
import { sampleSysctls } from './sysctls.ts';

/** Other namespaces take a command each: so many a turn, and each again after so many turns. */
const OTHERS = 16;
const TURNS = 12;

/** Reads settings, and passes them on where they have changed. */
export class SysctlWatch {
  readonly #known = new Map<number, { text: string; turn: number }>();
  #turn = 0;

  /** The namespaces to read now: our own, those never read, and some whose turn it is. */
  due(namespaces: readonly NetNamespace[]): readonly NetNamespace[] {
    this.#turn++;
    for (const netns of this.#known.keys()) if (!namespaces.some((one) => one.netns === netns)) this.#known.delete(netns);
    const turnOf = ({ netns }: NetNamespace): number => this.#known.get(netns)?.turn ?? -TURNS;
    const others = namespaces.filter((one) => !one.own && this.#turn - turnOf(one) >= TURNS).sort((a, b) => turnOf(a) - turnOf(b));
    return [...namespaces.filter(({ own }) => own), ...others.slice(0, OTHERS)];
  }

  /**
   * @returns null where nothing has changed, or the namespace is gone.
   * @throws SynopticError SAMPLE_FAILED
   */
  async look(namespace: NetNamespace, options: RunOptions): Promise<SysctlsInput | null> {
    const known = this.#known.get(namespace.netns);
    // Also where it fails: it is not tried again at once.
    this.#known.set(namespace.netns, { text: known?.text ?? '', turn: this.#turn });
    const input = await sampleSysctls(namespace, options);
    if (input === null) return null;
    const text = JSON.stringify(input.values);
    if (text === known?.text) return null;
    this.#known.set(namespace.netns, { text, turn: this.#turn });
    return input;
  }
}
