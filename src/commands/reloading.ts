import type { Logger } from 'pino';
import { type Environment, loadConfig } from '../config/load.ts';
import { changesBetween } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { FileWatch } from '../config/watch.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { ProbeTarget } from '../core/model/target.ts';

export interface ReloadOptions {
  readonly file: string;
  readonly env: Environment;
  /** As it was read at the start, options not yet put before it. */
  readonly config: Config;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The new targets, all of them. */
  follow(targets: readonly ProbeTarget[]): void;
}

/** Names of targets in one line of the log, of each sort. */
const NAMED = 20;

/** Reads the configuration again when its file changes, or when asked to. A bad file changes nothing, and its faults are logged. */
export class Reloading implements Disposable {
  readonly #options: ReloadOptions;
  /** What runs: `probes` as last read, the others as at the start. */
  #config: Config;
  #watch: FileWatch | null = null;
  /** One after another: the last change wins. */
  #last: Promise<void> = Promise.resolve();

  private constructor(options: ReloadOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  static async open(options: ReloadOptions): Promise<Reloading> {
    const opened = new Reloading(options);
    opened.#watch = await FileWatch.open(options.file, () => void opened.reload('the file changed'));
    return opened;
  }

  /** Reads the file now; never throws. */
  async reload(why: string): Promise<void> {
    this.#last = this.#last.then(() => this.#reload(why));
    await this.#last;
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }

  async #reload(why: string): Promise<void> {
    const { file, env, log, follow } = this.#options;
    let next: Config;
    try {
      next = await loadConfig(file, env);
    } catch (error) {
      const faults = error instanceof SynopticError ? error.text : String(error);
      log.error({ file, why, faults: faults.split('\n') }, 'the new configuration is refused; what was read before stays');
      return;
    }
    const { restart, added, removed, changed } = changesBetween(this.#config, next);
    if (restart.length > 0)
      log.warn({ file, settings: restart }, 'these settings have changed and need a restart; only probes are read anew');
    if (added.length + removed.length + changed.length === 0) {
      if (restart.length === 0) log.info({ file, why }, 'the configuration was read again; nothing has changed');
      return;
    }
    this.#config = { ...this.#config, probes: next.probes };
    const some = (names: readonly string[]) => ({ count: names.length, first: names.slice(0, NAMED) });
    const diff = { added: some(added), removed: some(removed), changed: some(changed) };
    log.info({ file, why, ...diff, targets: next.probes.length }, 'the targets have changed');
    follow(next.probes);
  }
}
