import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import type { Input, StartInput } from '../../core/model/input.ts';
import { printInput } from '../../formats/capture/file/frame.ts';
import type { CaptureHeader } from '../../formats/capture/header.ts';
import { InputQueue, type Item } from './queue.ts';
import { type Removal, SegmentRing } from './ring.ts';
import { SegmentWriter } from './segment-writer.ts';
import { EARLY_BYTES } from './slab.ts';

export interface RecorderTotals {
  readonly writtenBytes: number;
  readonly syncLagNs: number;
  /** On disk now, the open one too, and their bytes. */
  readonly segments: number;
  readonly keptBytes: number;
  readonly droppedInputs: number;
  /** How often the disk began to take nothing, because it was full or gone; and whether it takes something now. */
  readonly faults: number;
  readonly writing: boolean;
  readonly removedSegments: Readonly<Record<Removal, number>>;
}

export interface RecorderOptions {
  /** This run's own; made by whoever owns it. */
  readonly folder: string;
  readonly header: CaptureHeader;
  readonly start: StartInput;
  /** What is older is removed, ms; and what is more, bytes. */
  readonly windowMs: number;
  readonly maxBytes: number;
  /** µs since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number;
  /** What is known now and was told once only: how a segment begins for whoever replays from there. */
  known(): Promise<readonly Input[]>;
  /** One socket in so many is told now. */
  share(): number;
  /** Words for people: what went wrong, and that it is over. */
  warn(message: string): void;
  readonly segmentMs?: number;
  readonly segmentBytes?: number;
  readonly queueBytes?: number;
}

/** Flushed to the file at least so often, ms: what a kill can cost. */
export const SYNC_MS = 500;
const SEGMENT_MS = 30_000;
const SEGMENT_BYTES = 16 * 1024 * 1024;
const QUEUE_BYTES = 32 * 1024 * 1024;
/** A disk that is full is asked again after this, ms. */
const RETRY_MS = 1000;

/**
 * The flight recorder: all Inputs of the last minutes, in segments on disk. It takes what it is given and comes back at once; packing and
 * writing happen beside. What the disk cannot take is left out and told as a gap; observing never waits and never fails for it.
 */
export class Recorder implements AsyncDisposable {
  readonly ring: SegmentRing;
  readonly #options: RecorderOptions;
  readonly #queue: InputQueue;
  #writer: SegmentWriter | null = null;
  #timer: NodeJS.Timeout | undefined;
  #index = 0;
  #begunNs: number;
  /** Of what was left out, what is told with a sealed segment already. */
  #toldLeftOut = 0;
  #draining: Promise<void> | null = null;
  #cutting: Promise<void> | null = null;
  #closing = false;
  readonly #ending = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  /** Why nothing is written now; null while it is. */
  #fault: string | null = null;
  /** How often writing began to fail. */
  #faults = 0;
  /** In segments that are sealed; and the newest input that is in a file, CLOCK_MONOTONIC ns. */
  #sealedBytes = 0;
  #syncedNs: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.ring = new SegmentRing(options);
    this.#queue = new InputQueue(options.start, options.queueBytes ?? QUEUE_BYTES);
    this.#begunNs = options.start.atNs;
    this.#syncedNs = options.start.atNs;
    const { start } = options;
    this.#queue.cut({ index: 0, fromNs: start.atNs, wallUs: start.wallUs, share: 1 }, () => undefined);
    this.#timer = setInterval(() => this.#sync(), SYNC_MS);
  }

  get folder(): string {
    return this.#options.folder;
  }

  get fault(): string | null {
    return this.#fault;
  }

  /** Left out since the start, because the disk was slower or full. */
  get leftOut(): { readonly inputs: number; readonly bytes: number } {
    return this.#queue.leftOut;
  }

  /** On disk, the open segment too, bytes. */
  get bytes(): number {
    return this.ring.bytes + (this.#writer?.bytes ?? 0);
  }

  /** What became of it all since the start; `syncLagNs` is of now: what a kill would cost. */
  get totals(): RecorderTotals {
    const { inputs } = this.leftOut;
    return {
      writtenBytes: this.#sealedBytes + (this.#writer?.bytes ?? 0),
      syncLagNs: Math.max(0, this.#queue.lastNs - this.#syncedNs),
      segments: this.ring.segments.length + (this.#writer === null ? 0 : 1),
      keptBytes: this.bytes,
      droppedInputs: inputs,
      faults: this.#faults,
      writing: this.#fault === null,
      removedSegments: this.ring.removed,
    };
  }

  /** Takes the next input. */
  accept(input: Input): void {
    if (this.#closing) return;
    this.#queue.push(input);
    if (this.#queue.bytes > EARLY_BYTES) this.#drain();
  }

  /** Seals what there is and begins a segment; comes back once all that was accepted before is sealed. */
  cut(): Promise<void> {
    this.#cutting ??= this.#cut().finally(() => {
      this.#cutting = null;
    });
    return this.#cutting;
  }

  /** Writes what waits, seals, and says that this run ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    clearInterval(this.#timer);
    this.#closing = true;
    this.#ending.abort();
    await this.#cutting;
    await this.#draining;
    this.#queue.end();
    this.#drain();
    await this.#draining;
    await this.#seal().catch(() => undefined);
    await writeFile(join(this.#options.folder, 'ended'), '').catch(() => undefined);
  }

  #sync(): void {
    const { segmentMs = SEGMENT_MS, segmentBytes = SEGMENT_BYTES } = this.#options;
    const old = this.#queue.lastNs - this.#begunNs > segmentMs * 1e6;
    if (old || (this.#writer?.bytes ?? 0) > segmentBytes) void this.cut();
    this.#drain();
  }

  async #cut(): Promise<void> {
    if (this.#closing) return;
    const fromNs = this.#queue.lastNs;
    this.#begunNs = fromNs;
    const begun = Promise.withResolvers<void>();
    const { share, wallUs, known } = this.#options;
    this.#queue.cut({ index: ++this.#index, fromNs, wallUs: wallUs(fromNs), share: share() }, begun.resolve);
    this.#drain();
    for (const input of await known()) this.#queue.seed(input);
    await Promise.race([begun.promise, this.#over.promise]);
  }

  #drain(): void {
    this.#draining ??= this.#write()
      .catch((error: unknown) => this.#give(error))
      .finally(() => {
        this.#draining = null;
      });
  }

  /** All that waits. What comes meanwhile waits for a sync of its own: each costs a journey to another thread, a write, and bytes. */
  async #write(): Promise<void> {
    do {
      for (const item of this.#queue.take()) {
        if (item.kind === 'cut') await this.#begin(item);
        else {
          const toNs = await this.#put(item);
          this.#queue.written(item);
          this.#syncedNs = Math.max(this.#syncedNs, toNs);
          if (this.#fault !== null && this.#writer !== null) this.#mended();
        }
      }
    } while (this.#queue.cutWaits || this.#queue.bytes > EARLY_BYTES);
  }

  /** @returns until when it tells, CLOCK_MONOTONIC ns. */
  async #put(item: Exclude<Item, { kind: 'cut' }>): Promise<number> {
    if (item.kind === 'slab') {
      await this.#writer?.write([item.slab.frames], item.slab.inputs);
      return item.toNs;
    }
    let frames: Buffer[] = [];
    let size = 0;
    for (const frame of printInput(item.input, item.kind)) {
      frames.push(frame);
      size += frame.length;
      if (size < EARLY_BYTES) continue;
      await this.#writer?.write(frames, 0);
      [frames, size] = [[], 0];
      await breath();
    }
    await this.#writer?.write(frames, item.kind === 'input' ? 1 : 0);
    return item.input.atNs;
  }

  async #begin({ head, done }: Extract<Item, { kind: 'cut' }>): Promise<void> {
    await this.#seal();
    const { folder, header } = this.#options;
    const path = join(folder, `${String(head.index).padStart(6, '0')}.segment`);
    this.#writer = await SegmentWriter.create({ path, header, head, stuck: (error) => this.#stuck(error) });
    done();
  }

  async #seal(): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    const toNs = this.#queue.lastNs;
    const bytes = await writer.seal(toNs, this.#options.wallUs(toNs));
    this.#sealedBytes += bytes;
    const { path, head } = writer;
    const leftOut = this.leftOut.inputs - this.#toldLeftOut;
    this.#toldLeftOut += leftOut;
    await this.ring.add({ path, bytes, fromNs: head.fromNs, toNs, leftOut });
  }

  /** The disk is full, or gone: the oldest that nobody froze goes first. */
  async #stuck(error: unknown): Promise<boolean> {
    if (this.#fault === null) {
      this.#faults++;
      this.#fault = error instanceof Error ? error.message : String(error);
      this.#options.warn(`the flight recorder cannot write: ${this.#fault}; observing goes on`);
    }
    if (this.#closing) return false;
    // Whoever ends the recorder does not wait for a disk that may never have room.
    if (!(await this.ring.sacrifice())) await delay(RETRY_MS, undefined, { signal: this.#ending.signal }).catch(() => undefined);
    return true;
  }

  #mended(): void {
    this.#fault = null;
    const { inputs } = this.leftOut;
    this.#options.warn(`the flight recorder writes again; ${inputs} inputs were left out so far`);
  }

  #give(error: unknown): void {
    this.#fault = error instanceof Error ? error.message : String(error);
    if (!this.#closing) this.#options.warn(`the flight recorder has stopped: ${this.#fault}; observing goes on`);
    this.#closing = true;
    this.#over.resolve();
    clearInterval(this.#timer);
    void this.#writer?.close();
    this.#writer = null;
  }
}
