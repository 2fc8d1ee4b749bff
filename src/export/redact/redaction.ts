import type { Input, KernelInput } from '../../core/model/input.ts';
import type { CaptureHeader } from '../../formats/capture/header.ts';
import { Addresses } from './addresses.ts';
import { redactHeader } from './header.ts';
import { redactInput } from './input.ts';
import type { RedactKey } from './key.ts';
import { Names } from './names.ts';

/** What one redaction puts in place of what; with the same key the same stand-ins, in whatever file. */
export class Redaction {
  readonly #addresses: Addresses;
  readonly #names: Names;
  readonly #lacks: ReadonlySet<string>;

  /** @param lacks sentences of ours about what a script cannot tell, which may stay. */
  constructor(key: RedactKey, lacks: ReadonlySet<string> = new Set()) {
    this.#addresses = new Addresses(key);
    this.#names = new Names(key, (text) => this.#addresses.of(text));
    this.#lacks = lacks;
  }

  header(header: CaptureHeader): CaptureHeader {
    return redactHeader(header, this.#names);
  }

  input(input: Exclude<Input, KernelInput>): Input {
    return redactInput(input, { addresses: this.#addresses, names: this.#names, lacks: this.#lacks });
  }

  /** For bpftrace's output: what stands for an address, a process, a device, a link-layer address, a kernel's pointer. */
  address(text: string): string | null {
    return this.#addresses.of(text);
  }
  process(name: string): string {
    return this.#names.process(name);
  }
  device(name: string): string {
    return this.#names.device(name);
  }
  link(hex: string): string {
    return this.#addresses.link(hex);
  }
  pointer(hex: string): string {
    return this.#names.pointer(hex);
  }

  /** A probe's target, a host. */
  target(name: string): string {
    return this.#names.target(name);
  }
  host(name: string): string {
    return this.#names.host(name);
  }
}
