import { unlink } from 'node:fs/promises';

/** A sealed segment of the flight recorder. Times are CLOCK_MONOTONIC, ns. */
export interface Segment {
  readonly path: string;
  readonly bytes: number;
  readonly fromNs: number;
  readonly toNs: number;
  /** Inputs that belong to it and could not be kept. */
  readonly leftOut: number;
}

/** Why a segment was removed: it is older than is kept, there are more bytes than are kept, or the disk was full. */
export type Removal = 'age' | 'size' | 'disk-full';

export interface RingOptions {
  readonly windowMs: number;
  readonly maxBytes: number;
}

export interface Pin extends Disposable {
  /** From now on it is firm. */
  hold(): void;
}

/** So many times what may be kept is kept for those who wait, and no more: they may wait for an hour, and the disk would be filled. */
const PINNED = 2;

/** The sealed segments on disk: those too old or too many are removed, oldest first, but for those that somebody is freezing. */
export class SegmentRing {
  readonly #options: RingOptions;
  #segments: Segment[] = [];
  /** What began at or after the smallest of these stays. */
  readonly #pins = new Set<{ readonly fromNs: number; firm: boolean }>();
  readonly #removed: Record<Removal, number> = { age: 0, size: 0, 'disk-full': 0 };

  constructor(options: RingOptions) {
    this.#options = options;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Segments removed since the start. */
  get removed(): Readonly<Record<Removal, number>> {
    return this.#removed;
  }

  async add(segment: Segment): Promise<void> {
    this.#segments.push(segment);
    const { windowMs, maxBytes } = this.#options;
    while (this.#oldest(this.bytes > PINNED * maxBytes) !== null) {
      const tooOld = (this.#segments[0]?.toNs ?? 0) < segment.toNs - windowMs * 1e6;
      if (!tooOld && this.bytes <= maxBytes) return;
      await this.#remove(tooOld ? 'age' : 'size');
    }
  }

  /** Keeps what tells of `fromNs` and later, until disposed of. One that is not firm holds no more than twice what may be kept. */
  pin(fromNs: number, firm = true): Pin {
    const pin = { fromNs, firm };
    this.#pins.add(pin);
    const hold = (): void => {
      pin.firm = true;
    };
    return { hold, [Symbol.dispose]: () => void this.#pins.delete(pin) };
  }

  /** Removes the oldest, to make room; false where none may go. */
  async sacrifice(): Promise<boolean> {
    if (this.#oldest() === null) return false;
    await this.#remove('disk-full');
    return true;
  }

  /** That may go; `tooMuch`: also from those who only wait. */
  #oldest(tooMuch = false): Segment | null {
    const [oldest] = this.#segments;
    if (oldest === undefined) return null;
    for (const { fromNs, firm } of this.#pins) if (oldest.toNs >= fromNs && (firm || !tooMuch)) return null;
    return oldest;
  }

  async #remove(why: Removal): Promise<void> {
    const oldest = this.#segments.shift();
    this.#removed[why]++;
    // Gone already is as good.
    if (oldest !== undefined) await unlink(oldest.path).catch(() => undefined);
  }
}
