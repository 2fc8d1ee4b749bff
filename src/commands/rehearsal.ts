import { setTimeout as delay } from 'node:timers/promises';
import type { Input } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import { SocketHistory } from '../sinks/socket-history.ts';
import { openCapture } from '../sources/replay/capture-file.ts';

/** Whoever has just come looks first, and who goes at once needs none of this. */
const AFTER_MS = 2000;
/** As often as the engine needs to compile what a line goes through: a second of CPU time in all. */
const PASSES = 16;
/** A fifth of one core while it lasts, in turns that hold up nobody. */
const TURN_MS = 4;
const REST_MS = 16;
/** Sockets tracked; a recorded incident has a few hundred. */
const SOCKETS = 10_000;

/**
 * Plays a capture to nobody, so that the engine has compiled the core before the first storm: cold, a line costs it ten times as much, and a core
 * is compiling beside it for two seconds, of which a machine that is flat out has none to spare. What cannot be read is not played.
 */
export async function rehearse(file: string, signal: AbortSignal): Promise<void> {
  try {
    await delay(AFTER_MS, undefined, { signal, ref: false });
    const inputs: Input[] = [];
    for await (const some of (await openCapture(file)).inputs()) inputs.push(...some);
    const [start, ...rest] = inputs;
    if (start?.type !== 'start') return;
    for (let pass = 0; pass < PASSES; pass++) {
      const pipeline = new Pipeline(start, { maxSockets: SOCKETS });
      const history = new SocketHistory();
      let until = performance.now() + TURN_MS;
      for (const input of rest) {
        history.accept(pipeline.accept(input));
        if (performance.now() < until) continue;
        await delay(REST_MS, undefined, { signal });
        until = performance.now() + TURN_MS;
      }
    }
  } catch {
    // Stopped, or damaged: it is not what anybody asked for.
  }
}
