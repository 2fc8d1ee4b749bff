import { closeSync, openSync, readSync } from 'node:fs';

/** Open files at most; the one that was asked for longest ago is let go. */
const HELD = 64;

const BYTE = Buffer.alloc(1);

/**
 * Processes by an open file of each. Through it the kernel tells of that very process, never of another with its pid, and refuses (ESRCH) once
 * it is gone: asking so takes a fraction of what finding its file and reading it anew does.
 */
export class HeldProcesses implements Disposable {
  readonly #files = new Map<number, number>();

  /** Holds the process that has this pid now, in place of the one that had it. Who that is has to be looked at after this. */
  hold(pid: number): void {
    this.#letGo(pid);
    try {
      this.#files.set(pid, openSync(`/proc/${pid}/comm`, 'r'));
    } catch {
      return;
    }
    const [oldest] = this.#files.keys();
    if (this.#files.size > HELD && oldest !== undefined) this.#letGo(oldest);
  }

  /** Whether one is held under this pid, and still has it. */
  lives(pid: number): boolean {
    const file = this.#files.get(pid);
    if (file === undefined) return false;
    try {
      readSync(file, BYTE, 0, 1, 0);
    } catch {
      this.#letGo(pid);
      return false;
    }
    this.#files.delete(pid);
    this.#files.set(pid, file);
    return true;
  }

  [Symbol.dispose](): void {
    for (const pid of [...this.#files.keys()]) this.#letGo(pid);
  }

  #letGo(pid: number): void {
    const file = this.#files.get(pid);
    if (file === undefined) return;
    this.#files.delete(pid);
    closeSync(file);
  }
}
