import { setTimeout as delay } from 'node:timers/promises';
import { SynopticError } from '../core/model/errors.ts';
import type { Input, StartInput } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import { SocketHistory } from '../sinks/socket-history.ts';
import { openCapture } from '../sources/replay/capture-file.ts';

export interface RehearsalOptions {
  /** A capture; one that cannot be read is not played. */
  readonly file: string;
  readonly signal: AbortSignal;
  /** Whether enough has come from the kernel meanwhile: that teaches the engine the same. */
  enough(): boolean;
  /** Whoever has just come looks first, and who goes at once needs none of this. @default 2000 */
  readonly afterMs?: number;
  /** Between two turns of 4 ms: so it takes a fifth of a core while it lasts, and holds up nobody. @default 16 */
  readonly restMs?: number;
  /** As often as the engine needs to compile what a line goes through: a second of CPU time in all. @default 16 */
  readonly passes?: number;
}

const TURN_MS = 4;
/** Sockets tracked; a recorded incident has a few hundred. */
const SOCKETS = 10_000;

/**
 * Plays a capture to nobody, so that the engine has compiled the core before the first storm: cold, a line costs it ten times as much, and a core
 * is compiling beside it for two seconds, of which a machine that is flat out has none to spare.
 */
export async function rehearse(options: RehearsalOptions): Promise<void> {
  const { file, signal, afterMs = 2000 } = options;
  try {
    await delay(afterMs, undefined, { signal, ref: false });
    const turns = new Turns(options);
    const inputs: Input[] = [];
    for await (const some of (await openCapture(file)).inputs()) {
      inputs.push(...some);
      await turns.rest();
    }
    const [start, ...rest] = inputs;
    if (start?.type !== 'start') return;
    for (let pass = 0; pass < (options.passes ?? 16) && !options.enough(); pass++) await play(start, rest, turns);
  } catch (error) {
    // Stopped, or unreadable: it is not what anybody asked for.
    if (!signal.aborted && !(error instanceof SynopticError)) throw error;
  }
}

async function play(start: StartInput, inputs: readonly Input[], turns: Turns): Promise<void> {
  const pipeline = new Pipeline(start, { maxSockets: SOCKETS });
  const history = new SocketHistory();
  for (const input of inputs) {
    history.accept(pipeline.accept(input));
    if (turns.over) await turns.rest();
  }
}

/** Time taken and given back by turns. */
class Turns {
  readonly #options: RehearsalOptions;
  #untilMs = performance.now() + TURN_MS;

  constructor(options: RehearsalOptions) {
    this.#options = options;
  }

  get over(): boolean {
    return performance.now() >= this.#untilMs;
  }

  async rest(): Promise<void> {
    await delay(this.#options.restMs ?? 16, undefined, { signal: this.#options.signal });
    this.#untilMs = performance.now() + TURN_MS;
  }
}
