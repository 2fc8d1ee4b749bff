import type { Input, KernelUpInput, StartInput } from '../../core/model/input.ts';
import type { RecorderGap } from '../../formats/capture/file/frame.ts';
import type { SegmentHead } from '../../formats/capture/header.ts';

/** What waits to be written. */
export type Item =
  | { readonly kind: 'input' | 'seed'; readonly input: Input }
  | { readonly kind: 'gap'; readonly gap: RecorderGap }
  /** From here on another segment; `done` is called once it has begun. */
  | { readonly kind: 'cut'; readonly head: SegmentHead; done(): void };

const WHY = 'writing was slower than what came, or the disk was full';

/** What a listed socket takes of memory while it waits, bytes; and any other input. */
const SIZES = { socket: 200, other: 500 };

/**
 * Inputs between the core and the disk, bounded: where the disk is slower than the kernel, what does not fit is left out, counted, and told
 * as a gap at its place. It also knows how a segment that begins now must begin.
 */
export class InputQueue {
  readonly #maxBytes: number;
  #items: Item[] = [];
  #bytes = 0;
  #left: { inputs: number; bytes: number } | null = null;
  #leftTotal = { inputs: 0, bytes: 0 };
  #start: StartInput;
  #up: KernelUpInput | null = null;
  /** The beginning of a line of bpftrace's whose end has not come, as it was given and as it was kept. */
  #rest = '';
  #keptRest = false;
  #lastNs: number;

  constructor(start: StartInput, maxBytes: number) {
    this.#start = start;
    this.#lastNs = start.atNs;
    this.#maxBytes = maxBytes;
  }

  /** That wait, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Left out since the start. */
  get leftOut(): { readonly inputs: number; readonly bytes: number } {
    return this.#leftTotal;
  }

  /** Time of the newest input, CLOCK_MONOTONIC ns. */
  get lastNs(): number {
    return this.#lastNs;
  }

  push(input: Input): void {
    if (input.type === 'start') return;
    this.#lastNs = Math.max(this.#lastNs, input.atNs);
    const size = sizeOf(input);
    const kept = this.#left === null ? this.#bytes + size <= this.#maxBytes : this.#bytes + size <= this.#maxBytes / 2;
    if (!kept) this.#leaveOut(input);
    else {
      this.#add({ kind: 'input', input: this.#left === null ? input : this.#resume(input, this.#left) }, size);
    }
    if (input.type === 'kernel-up') this.#up = input;
    else if (input.type === 'kernel-down') this.#up = null;
    if (input.type === 'kernel') {
      this.#rest = restOf(this.#rest, input.text);
      this.#keptRest = kept;
    } else if (input.type === 'kernel-up' || input.type === 'kernel-down') this.#rest = '';
  }

  /** Only for a replay that begins in the segment that is current; where there is no room they are not needed either. */
  seed(input: Input): void {
    const size = sizeOf(input);
    if (this.#bytes + size <= this.#maxBytes) this.#add({ kind: 'seed', input }, size);
  }

  /** Whatever comes later belongs to another segment. */
  cut(about: Pick<SegmentHead, 'index' | 'fromNs' | 'wallUs' | 'share'>, done: () => void): void {
    this.#items.push({ kind: 'cut', head: { ...about, start: this.#start, up: this.#up, rest: this.#rest }, done });
  }

  /** Nothing more comes: what was left out last is told. */
  end(): void {
    if (this.#left === null) return;
    this.#items.push({ kind: 'gap', gap: { atNs: this.#lastNs, ...this.#left, why: WHY } });
    this.#left = null;
  }

  /** All that waits. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** An item that was taken is written. */
  written(item: Item): void {
    if (item.kind === 'input' || item.kind === 'seed') this.#bytes -= sizeOf(item.input);
  }

  #add(item: Item, size: number): void {
    this.#items.push(item);
    this.#bytes += size;
  }

  #leaveOut(input: Input): void {
    const bytes = input.type === 'kernel' ? input.text.length : 0;
    this.#left ??= { inputs: 0, bytes: 0 };
    this.#left.inputs++;
    this.#left.bytes += bytes;
    this.#leftTotal.inputs++;
    this.#leftTotal.bytes += bytes;
  }

  /** There is room again: what was left out is told first, and half lines on either side are kept from making a whole one. */
  #resume(input: Input, left: { inputs: number; bytes: number }): Input {
    this.#left = null;
    this.#items.push({ kind: 'gap', gap: { atNs: input.atNs, ...left, why: WHY } });
    if (input.type !== 'kernel' || (this.#rest === '' && this.#keptRest)) return input;
    const from = this.#rest === '' ? 0 : input.text.indexOf('\n') + 1;
    return { ...input, text: `\n${from === 0 && this.#rest !== '' ? '' : input.text.slice(from)}` };
  }
}

/** Never decides anything but how much may wait: JSON is not made twice for it. */
function sizeOf(input: Input): number {
  if (input.type === 'kernel') return input.text.length;
  return SIZES.other + (input.type === 'sockets' ? input.sockets.length * SIZES.socket : 0);
}

function restOf(before: string, text: string): string {
  const end = text.lastIndexOf('\n');
  return end === -1 ? (before + text).slice(-MAX_REST) : text.slice(end + 1);
}

/** As the core: what is longer is no line. */
const MAX_REST = 4096;
