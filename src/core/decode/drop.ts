import { unmapped } from '../model/four-tuple.ts';
import type { DropRecord } from '../model/record.ts';
import { tcpStateOf } from '../model/tcp-state.ts';
import type { Cursor } from './cursor.ts';

/** `D` of bpf/drop.bt. The packet's source and destination become local and remote by the way it was going. */
export function decodeDrop(cursor: Cursor): DropRecord {
  const ns = cursor.hex();
  const skaddr = cursor.pointer();
  const state = cursor.uint();
  const reason = cursor.uint();
  const netns = cursor.uint() || null;
  const received = cursor.uint() !== 0;
  const source = unmapped(cursor.address());
  const sport = cursor.port();
  const destination = unmapped(cursor.address());
  const dport = cursor.port();
  const segSeq = cursor.uint();
  const segAck = cursor.uint();
  const segFlags = cursor.uint();
  cursor.done();
  return {
    type: 'drop',
    stream: 'drop',
    key: reason,
    ns,
    skaddr,
    netns,
    laddr: received ? destination : source,
    lport: received ? dport : sport,
    raddr: received ? source : destination,
    rport: received ? sport : dport,
    direction: received ? 'received' : 'sending',
    state: skaddr === 0 ? null : (tcpStateOf(state) ?? null),
    reason,
    segSeq,
    segAck,
    segFlags,
  };
}
