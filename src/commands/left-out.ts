import type { Event } from '../core/model/event.ts';

/** Events that were not written because nobody read: told in their place as one gap, once somebody does. */
export class LeftOut {
  #first: Event | null = null;
  #last: Event | null = null;
  #count = 0;

  add(event: Event): void {
    this.#first ??= event;
    this.#last = event;
    this.#count++;
  }

  /** The gap's line; nothing where nothing was left out. */
  told(line: (event: Event, host: string) => string, host: string): string {
    if (this.#first === null || this.#last === null) return '';
    const { seq, ns, wallUs } = this.#last;
    const what = `seq ${this.#first.seq} to ${seq}: what reads this output is too slow`;
    const gap = {
      kind: 'gap',
      seq,
      ns,
      wallUs,
      cause: 'slow-reader',
      lost: 0,
      shed: this.#count,
      fromNs: this.#first.ns,
      toNs: ns,
      what,
      parts: [],
    } as const;
    this.#first = null;
    this.#count = 0;
    return line(gap, host);
  }
}
