import { createHmac } from 'node:crypto';
import type { RedactKey } from './key.ts';

/** No letter that looks like another, and none that a name could end a word with. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const CAP = 16_384;

/** What the kernel gives every machine. */
const COMMON_DEVICES = new Set(['', '?', 'lo']);

/**
 * Stand-ins for names: a word for what it is and some letters, the same for the same name wherever it occurs. Fifty bits for a process, forty for the
 * rest: that two of ten thousand get the same one is a matter of one in ten thousand. Names of processes and interfaces stay as long as the kernel has them at most, 15 bytes.
 */
export class Names {
  readonly #key: Buffer;
  readonly #known = new Map<string, string>();
  readonly #address: (text: string) => string | null;

  constructor(key: RedactKey, address: (text: string) => string | null) {
    this.#key = key.derive('names');
    this.#address = address;
  }

  process(name: string): string {
    return name === '' ? '' : this.#of('proc', name, 10);
  }

  device(name: string): string {
    return COMMON_DEVICES.has(name) ? name : this.#of('if', name);
  }

  /** A host's name, or its address. */
  host(name: string): string {
    const plain = name.replace(/^\[|\]$/g, '');
    return plain === '' ? '' : (this.#address(plain) ?? this.#of('host', plain.toLowerCase()));
  }

  /** A probe's target as it is called: what is spoken and the port stay, the host is a stand-in, and so is all the rest together. */
  target(name: string): string {
    const [, scheme, user = '', host = '', port = '', rest = ''] =
      /^([a-z][a-z0-9+.-]*):\/\/(?:([^/@]*)@)?(\[[^\]]*\]|[^/:?#]*)(:\d+)?(.*)$/i.exec(name) ?? [];
    if (scheme === undefined || !SCHEMES.has(scheme)) return this.#of('target', name);
    const named = this.host(host);
    const where = named.includes(':') ? `[${named}]` : named;
    const secret = user === '' && (rest === '' || rest === '/') ? rest : `/${this.#of('path', `${user}@${rest}`)}`;
    return `${scheme}://${where}${port}${secret}`;
  }

  /** A word that stands for another of the same kind, such as `run`. */
  word(kind: string, name: string): string {
    return this.#of(kind, name);
  }

  /** As a UUID looks. */
  uuid(name: string): string {
    const hex = this.#digest('uuid', name).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** A kernel's pointer, the lower 52 bits in hex; 0 is none. */
  pointer(hex: string): string {
    if (/^0*$/.test(hex)) return '0';
    return this.#remembered(`pointer ${hex}`, () => `1${this.#digest('pointer', hex).toString('hex').slice(0, 12)}`);
  }

  #of(kind: string, name: string, letters = 8): string {
    return this.#remembered(`${kind} ${name}`, () => {
      const digest = this.#digest(kind, name);
      return `${kind}-${Array.from(digest.subarray(0, letters), (byte) => LETTERS[byte & 31]).join('')}`;
    });
  }

  #remembered(name: string, make: () => string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= CAP) this.#known.clear();
    const standIn = make();
    this.#known.set(name, standIn);
    return standIn;
  }

  #digest(kind: string, name: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\0${name}`).digest();
  }
}

/** What a target's name may begin with: what probes speak. */
const SCHEMES = new Set([
  ...['tcp', 'tls', 'http', 'https', 'redis', 'rediss', 'postgres', 'postgresql', 'grpc', 'grpcs'],
  ...['exchange', 'exchanges', 'heartbeat', 'heartbeats'],
]);
