/** Linux's errno names for the errors that a TCP socket can be told of (include/uapi/asm-generic/errno*.h). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  5: 'EIO',
  11: 'EAGAIN',
  12: 'ENOMEM',
  16: 'EBUSY',
  22: 'EINVAL',
  32: 'EPIPE',
  71: 'EPROTO',
  90: 'EMSGSIZE',
  92: 'ENOPROTOOPT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  102: 'ENETRESET',
  103: 'ECONNABORTED',
  104: 'ECONNRESET',
  105: 'ENOBUFS',
  106: 'EISCONN',
  107: 'ENOTCONN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  112: 'EHOSTDOWN',
  113: 'EHOSTUNREACH',
  114: 'EALREADY',
  115: 'EINPROGRESS',
};

/** `ECONNREFUSED` for 111 and for −111; the number in text where it has no name here. */
export function errnoName(errno: number): string {
  const code = Math.abs(errno);
  return NAMES[code] ?? String(code);
}
