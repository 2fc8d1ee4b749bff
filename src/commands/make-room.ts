import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back what starting up took: reading modules fills the young generation to its full size, and V8 keeps it as long as there is work.
 * To be called once, in the main thread, when it is ready and nobody waits yet: it takes 30 ms. Not in others: a test's process crashed once.
 */
export function makeRoom(): void {
  setFlagsFromString('--expose_gc');
  const collect: unknown = runInNewContext('gc');
  // `last-resort` is what V8 does before it gives up for lack of memory: it shrinks, too.
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
