import type { CountersInput, QueuesInput, SysctlsInput } from '../../core/model/input.ts';

/** How long the same need not be told again, ns: what is witnessed must not grow old either. */
const SAME_NS = 0.9e9;

/** Leaves out what was told just before: a look twice a second mostly finds what the one before it found. */
export class Repeats {
  readonly #told = new Map<string, { readonly text: string; readonly ns: number }>();

  /** Whether it says the same as the last of its kind and namespace; settings do for as long as they stay, the rest for a moment. */
  isOne(input: CountersInput | QueuesInput | SysctlsInput): boolean {
    const key = `${input.type} ${input.netns}`;
    // What waits changes with every look, and that nothing does any more is news.
    if (input.type === 'queues' && input.waiting !== null && input.waiting.length > 0) {
      this.#told.delete(key);
      return false;
    }
    const text = JSON.stringify(said(input));
    const before = this.#told.get(key);
    if (before?.text === text && (input.type === 'sysctls' || input.atNs - before.ns < SAME_NS)) return true;
    this.#told.set(key, { text, ns: input.atNs });
    return false;
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const key of this.#told.keys()) if (!alive.has(Number(key.slice(key.indexOf(' '))))) this.#told.delete(key);
  }
}

function said(input: CountersInput | QueuesInput | SysctlsInput): unknown {
  if (input.type === 'sysctls') return input.values;
  if (input.type === 'queues') return [input.listeners, input.waiting];
  const { fromNs: _, atNs: __, ...rest } = input;
  return rest;
}
