import type { SocketOption, SocketOptionName } from '../../core/model/socket-view.ts';
import type { Loaded, OptionNumber } from './calls.ts';

const NUMBERS: Readonly<Record<SocketOptionName, OptionNumber>> = {
  SO_KEEPALIVE: { level: 1, name: 9 },
  TCP_KEEPIDLE: { level: 6, name: 4 },
  TCP_KEEPINTVL: { level: 6, name: 5 },
  TCP_KEEPCNT: { level: 6, name: 6 },
  TCP_USER_TIMEOUT: { level: 6, name: 18 },
  TCP_FASTOPEN_CONNECT: { level: 6, name: 30 },
};

const value = Buffer.alloc(4);

/** What the kernel says an option is. */
export function readOption(loaded: Loaded, fd: number, name: SocketOptionName, asked: number | null): SocketOption {
  if (loaded.calls === null) return { name, asked, applied: null, why: `cannot be read back: ${loaded.why}` };
  const length = loaded.calls.read(fd, NUMBERS[name], value);
  if (typeof length === 'string') return { name, asked, applied: null, why: `cannot be read back: ${length}` };
  const applied = value.readInt32LE();
  return { name, asked, applied, why: asked === null || applied === asked ? null : `the kernel made ${applied} of it` };
}

/** Sets an option and reads it back: what is reported is what the kernel says, never what was asked. 1 µs for both. */
export function setOption(loaded: Loaded, fd: number, name: SocketOptionName, asked: number): SocketOption {
  if (loaded.calls === null) return { name, asked, applied: null, why: `not set: ${loaded.why}` };
  const refused = loaded.calls.set(fd, NUMBERS[name], asked);
  return refused === null ? readOption(loaded, fd, name, asked) : { name, asked, applied: null, why: `not set: ${refused}` };
}
