import { unmapped } from '../model/four-tuple.ts';
import type { RetransmitRecord } from '../model/record.ts';
import type { Cursor } from './cursor.ts';
import { stateOf } from './state.ts';

/** `R` of bpf/retransmit*.bt: a segment of a socket. `Y`: a listener's SYN-ACK. */
export function decodeRetransmit(cursor: Cursor, tag: string): RetransmitRecord {
  return tag === 'Y' ? synack(cursor) : segment(cursor);
}

function segment(cursor: Cursor): RetransmitRecord {
  const ns = cursor.hex();
  const skaddr = cursor.pointer();
  const state = stateOf(cursor.uint());
  const netns = cursor.uint() || null;
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  const seqStart = cursor.uint();
  const seqEnd = cursor.uint();
  const flags = cursor.uint();
  const retransmits = cursor.uint();
  const caState = cursor.uint();
  const err = cursor.int();
  cursor.done();
  return {
    type: 'retransmit',
    stream: 'retransmit',
    key: 0,
    synack: false,
    ns,
    skaddr,
    state,
    netns,
    laddr,
    lport,
    raddr,
    rport,
    seqStart,
    seqEnd,
    flags,
    retransmits,
    caState,
    // No errno of the kernel's is positive, so 1 is how the scripts say that it does not tell.
    err: err === 1 ? null : err,
  };
}

function synack(cursor: Cursor): RetransmitRecord {
  const ns = cursor.hex();
  const skaddr = cursor.pointer();
  const netns = cursor.uint() || null;
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  const isn = cursor.uint();
  const retransmits = cursor.uint();
  cursor.done();
  return {
    type: 'retransmit',
    stream: 'synack',
    key: 0,
    synack: true,
    ns,
    skaddr,
    state: 'NEW_SYN_RECV',
    netns,
    laddr,
    lport,
    raddr,
    rport,
    seqStart: isn,
    seqEnd: (isn + 1) % 0x100000000,
    flags: 18,
    retransmits,
    caState: 0,
    err: null,
  };
}
