import { unmapped } from '../model/four-tuple.ts';
import type { SocketErrorRecord } from '../model/record.ts';
import type { Cursor } from './cursor.ts';

/** `E` of bpf/socket-error.bt. */
export function decodeSocketError(cursor: Cursor): SocketErrorRecord {
  const ns = cursor.hex();
  const errno = cursor.uint();
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  cursor.done();
  return { type: 'socket-error', stream: 'error', key: 0, ns, errno, laddr, lport, raddr, rport };
}
