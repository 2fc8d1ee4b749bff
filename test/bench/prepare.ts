import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Bpftrace, findBpftraces, type Place } from './bpftraces.ts';
import { compile } from './compiled.ts';
import { SCRIPTS } from './places.ts';
import { Root } from './roots.ts';

/** This machine lacks something: exit 3. */
export class LackError extends Error {
  override readonly name = 'LackError';
}

/**
 * Everything that measuring needs: machine and build by scripts/setup, load generators, and a root for each bpftrace that is not this
 * machine's own. The roots' mounts go with `stack`.
 *
 * @throws LackError where something cannot be had here; scripts/setup has then said what.
 */
export async function prepare(
  places: readonly Place[],
  { stack, signal, say }: { stack: AsyncDisposableStack; signal: AbortSignal; say(line: string): void },
): Promise<Bpftrace[]> {
  if (process.getuid?.() !== 0) throw new LackError('measuring loads BPF programs and makes network namespaces: that needs root');
  const { status } = spawnSync(join(SCRIPTS, 'setup'), ['bench'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new LackError('scripts/setup bench did not come to its end');
  await compile();
  const roots = new Map<Place, Root | null>();
  for (const place of places) roots.set(place, place === 'system' ? null : stack.use(await Root.open(place, { signal, say })));
  return findBpftraces(roots);
}
