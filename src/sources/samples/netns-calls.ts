import { getSystemErrorName } from 'node:util';
import { ffi } from '../ffi.ts';

/** System calls of a thread that looks into other network namespaces. None of them blocks. Failures are given as errno's name. */
export interface NetnsCalls {
  /** The calling thread goes into the namespace of an open file, and it alone. @returns null, or the errno's name */
  enter(fd: number): string | null;
  /** A sock_diag socket of the namespace that the thread is in, or the errno's name. */
  openDiag(): number | string;
  /** @returns null, or the errno's name */
  send(fd: number, bytes: Buffer): string | null;
  /** @returns how many bytes of `into` were filled, or the errno's name */
  receive(fd: number, into: Buffer): number | string;
  close(fd: number): void;
}

const CLONE_NEWNET = 0x4000_0000;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_DONTWAIT = 0x40;

type Call<A extends unknown[]> = (...args: A) => number;

/** Binds the calls of the C library that this process already has. @throws Error where koffi is not installed, or has no build for this machine. */
export function netnsCalls(): NetnsCalls {
  const { load, errno } = ffi();
  const libc = load(null);
  const setns: Call<[number, number]> = libc.func('int setns(int fd, int kind)');
  const socket: Call<[number, number, number]> = libc.func('int socket(int domain, int type, int protocol)');
  const send: Call<[number, Buffer, number, number]> = libc.func('long send(int fd, const void *bytes, size_t length, int flags)');
  const recv: Call<[number, Buffer, number, number]> = libc.func('long recv(int fd, void *into, size_t length, int flags)');
  const close: Call<[number]> = libc.func('int close(int fd)');
  const failed = (): string => getSystemErrorName(-errno());
  return {
    enter: (fd) => (setns(fd, CLONE_NEWNET) === 0 ? null : failed()),
    openDiag() {
      const fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
      return fd >= 0 ? fd : failed();
    },
    send: (fd, bytes) => (Number(send(fd, bytes, bytes.length, MSG_DONTWAIT)) === bytes.length ? null : failed()),
    receive(fd, into) {
      const length = Number(recv(fd, into, into.length, MSG_DONTWAIT));
      return length >= 0 ? length : failed();
    },
    close: (fd) => void close(fd),
  };
}
