import type { Event, ProbeEvent } from '../core/model/event.ts';
import type { Input, StartInput } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import type { Capture } from '../sources/replay/capture-file.ts';
import { coreOptions } from './capture-core.ts';

/** Events remembered for those who come to look: as many as a page needs to show what led here. Attempts are few, and told seldom. */
const RECENT = 1000;
const RECENT_ATTEMPTS = 500;
/** Positions remembered at which there were events, or a finding opened: so many steps lead back at most. */
const MOMENTS = 10_000;

export interface PassageOptions {
  readonly capture: Capture;
  readonly start: StartInput;
  /** What is added to its times, µs. @default 0 */
  readonly shiftUs?: number;
}

/**
 * One way through a capture, from its first input to wherever it has got; the core that it feeds is its own. Positions are ns of recorded
 * time since the first input. To be at a position means that the core was given all inputs before the first one that was taken later: the
 * same inputs whoever gets there, and however.
 */
export class Passage implements AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly #batches: AsyncIterator<readonly Input[], void>;
  readonly #start: StartInput;
  readonly #shiftUs: number;
  #batch: readonly Input[] = [];
  #index = 0;
  #throughNs = 0;
  #over = false;
  #recent: Event[] = [];
  #attempts: ProbeEvent[] = [];
  readonly #moments: number[] = [];
  readonly #openings: number[] = [];

  /** @throws SynopticError CAPTURE_DAMAGED, see {@link coreOptions}. */
  constructor({ capture, start, shiftUs = 0 }: PassageOptions) {
    this.#start = start;
    this.#shiftUs = shiftUs;
    this.pipeline = new Pipeline(shiftUs === 0 ? start : { ...start, wallUs: start.wallUs + shiftUs }, coreOptions(capture.header));
    this.#batches = capture.inputs()[Symbol.asyncIterator]();
  }

  /** The latest that any input so far was taken, ns. */
  get throughNs(): number {
    return this.#throughNs;
  }

  /** Whether the last input was given. */
  get over(): boolean {
    return this.#over;
  }

  /** Where the next input stands, ns; null where it is not within reach, see {@link reach}. */
  get nextNs(): number | null {
    const input = this.#batch[this.#index];
    return input === undefined ? null : input.atNs - this.#start.atNs;
  }

  /** The last events, the oldest first, and attempts from further back. */
  get recent(): readonly Event[] {
    const from = this.#recent.at(-RECENT)?.seq ?? 0;
    return [...this.#attempts.filter(({ seq }) => seq < from).slice(-RECENT_ATTEMPTS), ...this.#recent.slice(-RECENT)];
  }

  /** The last position before `ns` at which there were events; 0 where none is remembered. */
  momentBefore(ns: number): number {
    return this.#moments.findLast((moment) => moment < ns) ?? 0;
  }

  /** The last position before `ns` at which a finding opened; null where there is none. */
  openingBefore(ns: number): number | null {
    return this.#openings.findLast((opening) => opening < ns) ?? null;
  }

  /** Microseconds since 1970 at a position. */
  wallUs(ns: number): number {
    return this.pipeline.wallUs(this.#start.atNs + ns);
  }

  /** Brings the next inputs within reach; false where there are no more. @throws what reading the capture throws. */
  async reach(): Promise<boolean> {
    while (this.#batch[this.#index] === undefined && !this.#over) {
      const { value, done } = await this.#batches.next();
      if (done === true) this.#over = true;
      else [this.#batch, this.#index] = [value, 0];
    }
    return !this.#over;
  }

  /** Gives the next input within reach to the core. @returns what follows from it. */
  feed(): readonly Event[] {
    const input = this.#batch[this.#index];
    if (input === undefined) return [];
    this.#index++;
    this.#throughNs = Math.max(this.#throughNs, input.atNs - this.#start.atNs);
    const shifted = input.type === 'tick' && this.#shiftUs !== 0 ? { ...input, wallUs: input.wallUs + this.#shiftUs } : input;
    const events = this.pipeline.accept(shifted);
    if (events.length > 0) this.#remember(events);
    return events;
  }

  /** The file is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#batches.return?.();
  }

  #remember(events: readonly Event[]): void {
    let opened = false;
    for (const event of events) {
      this.#recent.push(event);
      if (event.kind === 'probe') this.#attempts.push(event);
      else if (event.kind === 'finding') opened ||= event.phase === 'open';
    }
    if (this.#recent.length > 2 * RECENT) this.#recent = this.#recent.slice(-RECENT);
    if (this.#attempts.length > 2 * RECENT_ATTEMPTS) this.#attempts = this.#attempts.slice(-RECENT_ATTEMPTS);
    note(this.#moments, this.#throughNs);
    if (opened) note(this.#openings, this.#throughNs);
  }
}

function note(positions: number[], ns: number): void {
  if (positions.at(-1) === ns) return;
  positions.push(ns);
  if (positions.length > 2 * MOMENTS) positions.splice(0, MOMENTS);
}
