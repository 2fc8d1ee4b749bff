import { type FSWatcher, statSync, watch } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Editors and ConfigMaps make several changes of one. */
const SETTLE_MS = 100;
/** A folder that is gone may come back: it is looked for so often, ms. */
const RETRY_MS = 1000;

/**
 * Calls `onChange` when the text of a file may have become another. Watches folders, not the file: editors put a new file in its place, and
 * Kubernetes turns a symbolic link beside it; the folder that links lead to is watched, too.
 */
export class FileWatch implements Disposable {
  readonly #file: string;
  readonly #onChange: () => void;
  /** With the folder's inode: one that was removed and made again is another, and its old watcher says nothing any more. */
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  #settling: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #text: string | null = null;
  #over = false;

  private constructor(file: string, onChange: () => void) {
    this.#file = resolve(file);
    this.#onChange = onChange;
  }

  /** Comes back once it watches. */
  static async open(file: string, onChange: () => void): Promise<FileWatch> {
    const opened = new FileWatch(file, onChange);
    await opened.#follow();
    opened.#text = await opened.#read();
    return opened;
  }

  [Symbol.dispose](): void {
    this.#over = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#retry);
    for (const { watcher } of this.#watchers.values()) watcher.close();
  }

  #stirred(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#look(), SETTLE_MS);
  }

  async #look(): Promise<void> {
    await this.#follow();
    const text = await this.#read();
    if (this.#over || text === this.#text) return;
    this.#text = text;
    this.#onChange();
  }

  /** Watches the folders that matter now, and no others. */
  async #follow(): Promise<void> {
    const target = await realpath(this.#file).catch(() => this.#file);
    if (this.#over) return;
    const wanted = new Set([dirname(this.#file), dirname(target)]);
    for (const [folder, { watcher, inode }] of this.#watchers) {
      if (wanted.has(folder) && inode === inodeOf(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  #add(folder: string): void {
    const inode = inodeOf(folder);
    if (inode === null) {
      this.#later();
      return;
    }
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stirred());
      watcher.on('error', () => this.#later());
      this.#watchers.set(folder, { watcher, inode });
    } catch {
      this.#later();
    }
  }

  #later(): void {
    clearTimeout(this.#retry);
    if (!this.#over) this.#retry = setTimeout(() => void this.#look(), RETRY_MS).unref();
  }

  /** Null where it cannot be read: whoever is told will find out why. */
  async #read(): Promise<string | null> {
    return await readFile(this.#file, 'utf8').catch(() => null);
  }
}

function inodeOf(folder: string): number | null {
  return statSync(folder, { throwIfNoEntry: false })?.ino ?? null;
}
