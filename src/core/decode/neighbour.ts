import { unmapped } from '../model/four-tuple.ts';
import type { NeighbourRecord } from '../model/record.ts';
import type { Cursor } from './cursor.ts';

/** NUD_FAILED (include/uapi/linux/neighbour.h): the new address is garbage then. */
const NUD_FAILED = 0x20;

/** `N` of bpf/neighbour.bt. */
export function decodeNeighbour(cursor: Cursor): NeighbourRecord {
  const ns = cursor.hex();
  cursor.uint();
  const address = unmapped(cursor.address());
  // bpftrace 0.23 gives no name.
  const device = cursor.tokenOrNothing() || '?';
  const length = cursor.uint();
  cursor.uint();
  const newState = cursor.uint();
  const old = cursor.bytes();
  const now = cursor.bytes();
  cursor.done();
  const failed = (newState & NUD_FAILED) !== 0;
  return {
    type: 'neighbour',
    stream: 'neighbour',
    key: 0,
    ns,
    address,
    device,
    oldLink: linkOf(old, length),
    newLink: failed ? null : linkOf(now, length),
    failed,
  };
}

/** `02:0c:56:6a:99:e9`; null for an address of zeros (none known) and for link layers whose addresses are not six bytes. */
function linkOf(bytes: string, length: number): string | null {
  if (length !== 6 || /^\0*$/.test(bytes)) return null;
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(':');
}
