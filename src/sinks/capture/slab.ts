import { KERNEL_FRAME, writeKernel } from '../../formats/capture/file/frame.ts';

/** Packed before the next sync is due, bytes. A slab is somewhat larger: then it holds all of it, with the piece that made it so much. */
export const EARLY_BYTES = 2 * 1024 * 1024;
const SLAB_BYTES = EARLY_BYTES + 256 * 1024;
/** Kept though nobody needs them now: one is filled while another is packed. */
const SPARE = 2;

/** Inputs as they go into the file, one frame behind the other. */
export class Slab {
  readonly memory: Buffer;
  #length = 0;
  #inputs = 0;

  constructor(memory: Buffer) {
    this.memory = memory;
  }

  get frames(): Buffer {
    return this.memory.subarray(0, this.#length);
  }

  /** How many inputs are in it; gaps and seeds are none. */
  get inputs(): number {
    return this.#inputs;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#length + bytes <= this.memory.length;
  }

  /** A piece of bpftrace's output, which takes {@link kernelBytes}. */
  kernel(atNs: number, text: string): void {
    this.#length = writeKernel(this.memory, this.#length, atNs, text);
    this.#inputs++;
  }

  add(frame: Buffer, inputs: number): void {
    this.#length += frame.copy(this.memory, this.#length);
    this.#inputs += inputs;
  }
}

/** Memory for what waits to be packed, used again and again: strings that wait are copied by the garbage collector, and buffers of their own call it. */
export class Slabs {
  readonly #spare: Buffer[] = [];

  /** An empty one with room for so many bytes. */
  get(bytes: number): Slab {
    if (bytes > SLAB_BYTES) return new Slab(Buffer.allocUnsafeSlow(bytes));
    return new Slab(this.#spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES));
  }

  /** Nobody looks at it any more. */
  giveBack({ memory }: Slab): void {
    if (memory.length === SLAB_BYTES && this.#spare.length < SPARE) this.#spare.push(memory);
  }
}

export function kernelBytes(text: string): number {
  return KERNEL_FRAME + text.length;
}
