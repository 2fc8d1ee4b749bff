import type { OwnersInput } from '../core/model/input.ts';
import type { OwnerBook } from '../core/track/owners.ts';
import type { Attribution } from '../sources/attribution/attribution.ts';

/** Between two looks, ms: what names a process is told once that was looked at, and waits no longer than a turn for it. */
const BETWEEN_MS = 10;
/** A look that is due so soon is made at once: what came with this input would else cost another wake-up. */
const SOON_MS = 2;

/** Has looked at what the core asks for: at once after quiet, for a process may be short; then at most every so often. */
export class OwnerLooks implements Disposable {
  readonly #book: OwnerBook;
  readonly #attribution: Attribution;
  readonly #emit: (input: OwnersInput) => void;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waits = false;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor({ book, attribution, emit }: { book: OwnerBook; attribution: Attribution; emit(input: OwnersInput): void }) {
    this.#book = book;
    this.#attribution = attribution;
    this.#emit = emit;
  }

  /** The core has taken an input. */
  attend(): void {
    if (this.#book.asked === 0 || this.#waits) return;
    this.#waits = true;
    const restMs = this.#lookedMs + BETWEEN_MS - performance.now();
    if (restMs <= SOON_MS) this.#immediate = setImmediate(() => this.#look());
    else this.#timer = setTimeout(() => this.#look(), restMs);
  }

  [Symbol.dispose](): void {
    this.#waits = true;
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#attribution[Symbol.dispose]();
  }

  #look(): void {
    this.#waits = false;
    this.#lookedMs = performance.now();
    this.#emit(this.#attribution.look(this.#book.takeAsked()));
  }
}
