import { Keeper, type KeeperOptions } from './keeper.ts';
import { readStderr } from './stderr.ts';

export interface TrialOptions extends Pick<KeeperOptions, 'command' | 'capabilities' | 'program' | 'bufferPages'> {
  /** A program that says nothing for this long has not attached; on an emulated machine one script took 10 s. */
  readonly timeoutMs: number;
}

/** Runs one program until its first heartbeat, then ends it. Null where it attached, else why not. */
export async function trial(options: TrialOptions): Promise<string | null> {
  let fault: string | null = null;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const keeper = new Keeper({
    ...options,
    onOutput: (text) => /^H [0-9a-f]+$/m.test(text) && resolve(true),
    onStderr: (line) => {
      const news = readStderr(line);
      if (news.kind === 'fault') fault ??= news.plain;
    },
    onSkips: () => undefined,
    onExit: () => resolve(false),
    onGone: () => resolve(false),
  });
  const timeout = setTimeout(() => resolve(false), options.timeoutMs);
  keeper.start();
  const attached = await promise;
  clearTimeout(timeout);
  await keeper.close();
  return attached ? null : (fault ?? 'it ended without a word');
}
