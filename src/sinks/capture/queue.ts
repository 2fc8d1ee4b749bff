import type { Input, KernelUpInput, StartInput } from '../../core/model/input.ts';
import { PART_SOCKETS, printGap, printInput } from '../../formats/capture/file/frame.ts';
import type { SegmentHead } from '../../formats/capture/header.ts';
import { kernelBytes, type Slab, Slabs } from './slab.ts';

/** What waits to be written. */
export type Item =
  /** Frames of inputs, the last of which was taken at `toNs`. The slab is lent, until {@link InputQueue.written}. */
  | { readonly kind: 'slab'; readonly slab: Slab; toNs: number }
  /** A listing that is too long to be printed while the core waits. */
  | { readonly kind: 'input' | 'seed'; readonly input: Input }
  /** From here on another segment; `done` is called once it has begun. */
  | { readonly kind: 'cut'; readonly head: SegmentHead; done(): void };

const WHY = 'writing was slower than what came, or the disk was full';

/** What a listed socket takes of memory while it waits, bytes, roughly. */
const SOCKET_BYTES = 200;

/**
 * Inputs between the core and the disk, bounded: where the disk is slower than the kernel, what does not fit is left out, counted, and told
 * as a gap at its place. It also knows how a segment that begins now must begin.
 */
export class InputQueue {
  readonly #maxBytes: number;
  readonly #slabs = new Slabs();
  #items: Item[] = [];
  /** The last of the items, while more can go into it. */
  #open: Extract<Item, { kind: 'slab' }> | null = null;
  #cuts = 0;
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

  /** Whether another segment is to begin. */
  get cutWaits(): boolean {
    return this.#cuts > 0;
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
    const left = this.#left;
    const kept = this.#bytes + roughlyOf(input) <= (left === null ? this.#maxBytes : this.#maxBytes / 2);
    if (!kept) this.#leaveOut(input);
    else this.#add(left === null ? input : this.#resume(input, left), 'input');
    if (input.type === 'kernel-up') this.#up = input;
    else if (input.type === 'kernel-down') this.#up = null;
    if (input.type === 'kernel') {
      this.#rest = restOf(this.#rest, input.text);
      this.#keptRest = kept;
    } else if (input.type === 'kernel-up' || input.type === 'kernel-down') this.#rest = '';
  }

  /** Only for a replay that begins in the segment that is current; where there is no room they are not needed either. */
  seed(input: Input): void {
    if (this.#bytes + roughlyOf(input) <= this.#maxBytes) this.#add(input, 'seed');
  }

  /** Whatever comes later belongs to another segment. */
  cut(about: Pick<SegmentHead, 'index' | 'fromNs' | 'wallUs' | 'share'>, done: () => void): void {
    this.#open = null;
    this.#cuts++;
    this.#items.push({ kind: 'cut', head: { ...about, start: this.#start, up: this.#up, rest: this.#rest }, done });
  }

  /** Nothing more comes: what was left out last is told. */
  end(): void {
    if (this.#left === null) return;
    this.#frame(printGap({ atNs: this.#lastNs, ...this.#left, why: WHY }), this.#lastNs, 0);
    this.#left = null;
  }

  /** All that waits. */
  take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    this.#open = null;
    this.#cuts = 0;
    return items;
  }

  /** An item that was taken is written. */
  written(item: Item): void {
    if (item.kind === 'cut') return;
    this.#bytes -= bytesOf(item);
    if (item.kind === 'slab') this.#slabs.giveBack(item.slab);
  }

  #add(input: Input, kind: 'input' | 'seed'): void {
    if (input.type === 'kernel' && kind === 'input') {
      const bytes = kernelBytes(input.text);
      this.#slabFor(bytes, input.atNs).kernel(input.atNs, input.text);
      this.#bytes += bytes;
    } else if (input.type === 'sockets' && input.sockets.length > PART_SOCKETS) {
      const item = { kind, input };
      this.#open = null;
      this.#items.push(item);
      this.#bytes += bytesOf(item);
    } else for (const frame of printInput(input, kind)) this.#frame(frame, input.atNs, kind === 'input' ? 1 : 0);
  }

  #frame(frame: Buffer, toNs: number, inputs: number): void {
    this.#slabFor(frame.length, toNs).add(frame, inputs);
    this.#bytes += frame.length;
  }

  #slabFor(bytes: number, toNs: number): Slab {
    if (this.#open === null || !this.#open.slab.hasRoomFor(bytes)) {
      this.#open = { kind: 'slab', slab: this.#slabs.get(bytes), toNs };
      this.#items.push(this.#open);
    }
    this.#open.toNs = toNs;
    return this.#open.slab;
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
    this.#frame(printGap({ atNs: input.atNs, ...left, why: WHY }), input.atNs, 0);
    if (input.type !== 'kernel' || (this.#rest === '' && this.#keptRest)) return input;
    const from = this.#rest === '' ? 0 : input.text.indexOf('\n') + 1;
    return { ...input, text: `\n${from === 0 && this.#rest !== '' ? '' : input.text.slice(from)}` };
  }
}

function bytesOf(item: Exclude<Item, { kind: 'cut' }>): number {
  return item.kind === 'slab' ? item.slab.frames.length : roughlyOf(item.input);
}

/** Never decides anything but how much may wait: JSON is not made for it. */
function roughlyOf(input: Input): number {
  if (input.type === 'kernel') return kernelBytes(input.text);
  return input.type === 'sockets' ? input.sockets.length * SOCKET_BYTES : SOCKET_BYTES;
}

function restOf(before: string, text: string): string {
  const end = text.lastIndexOf('\n');
  return end === -1 ? (before + text).slice(-MAX_REST) : text.slice(end + 1);
}

/** As the core: what is longer is no line. */
const MAX_REST = 4096;
