import { getSystemErrorName } from 'node:util';
import { type Ffi, ffi } from '../ffi.ts';

/** Level and name of an option, Linux's numbers on every architecture that Node runs on (include/uapi/linux/{in,tcp}.h, asm-generic/socket.h). */
export interface OptionNumber {
  readonly level: number;
  readonly name: number;
}

/** System calls that Node has no words for. None of them blocks. Failures are given as errno's name. */
export interface SocketCalls {
  /** @returns null, or the errno's name */
  set(fd: number, option: OptionNumber, value: number): string | null;
  /** @returns how many bytes of `into` the kernel filled, or the errno's name */
  read(fd: number, option: OptionNumber, into: Buffer): number | string;
  /** A TCP socket, non-blocking and closed on exec, or the errno's name. Whoever asks has to close it, or hand it to who will. */
  open(family: 4 | 6): number | string;
  close(fd: number): void;
}

/** The calls, or why there are none. */
export type Loaded = { readonly calls: SocketCalls; readonly why: null } | { readonly calls: null; readonly why: string };

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 0o1 | 0o4000 | 0o2000000;

/**
 * Binds the calls of the C library that this process already has.
 *
 * @param load gives koffi, or throws where it is not installed, or has no build for this machine
 */
export function loadCalls(load: () => Ffi = ffi, platform: string = process.platform): Loaded {
  if (platform !== 'linux') return { calls: null, why: `these are Linux’s options, and this is ${platform}` };
  try {
    const calls = bound(load());
    const refused = tried(calls);
    return refused === null ? { calls, why: null } : { calls: null, why: refused };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { calls: null, why: missing ? 'koffi is not installed' : `koffi cannot be used: ${said}` };
  }
}

let loaded: Loaded | null = null;

/** As {@link loadCalls}, once a thread: loading takes 5 ms, which must not fall into an attempt. */
export function socketCalls(): Loaded {
  loaded ??= loadCalls();
  return loaded;
}

/** TCP_NODELAY, which every Linux has. */
const NO_DELAY: OptionNumber = { level: 6, name: 1 };

/** Why the calls do not do what they should, by doing it; null where they do. The first call of each costs most, and is made here. */
function tried(calls: SocketCalls): string | null {
  const fd = calls.open(4);
  if (typeof fd === 'string') return `a socket cannot be opened for a trial: ${fd}`;
  const value = Buffer.alloc(4);
  const set = calls.set(fd, NO_DELAY, 1);
  const read = calls.read(fd, NO_DELAY, value);
  calls.close(fd);
  if (set !== null || typeof read === 'string') return `a socket’s option cannot be set in a trial: ${set ?? read}`;
  return read === 4 && value.readInt32LE() === 1 ? null : 'an option that was set in a trial is read back as something else';
}

type Call<A extends unknown[]> = (...args: A) => number;

function bound({ load, errno }: Ffi): SocketCalls {
  const libc = load(null);
  const setsockopt: Call<[number, number, number, Buffer, number]> = libc.func(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  );
  const getsockopt: Call<[number, number, number, Buffer, number[]]> = libc.func(
    'int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)',
  );
  const socket: Call<[number, number, number]> = libc.func('int socket(int domain, int type, int protocol)');
  const close: Call<[number]> = libc.func('int close(int fd)');
  const value = Buffer.alloc(4);
  const length = [0];
  const failed = (): string => getSystemErrorName(-errno());
  return {
    set(fd, { level, name }, wanted) {
      value.writeInt32LE(wanted);
      return setsockopt(fd, level, name, value, value.length) === 0 ? null : failed();
    },
    read(fd, { level, name }, into) {
      length[0] = into.length;
      return getsockopt(fd, level, name, into, length) === 0 ? (length[0] ?? 0) : failed();
    },
    open(family) {
      const fd = socket(family === 6 ? AF_INET6 : AF_INET, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
      return fd >= 0 ? fd : failed();
    },
    close: (fd) => void close(fd),
  };
}
