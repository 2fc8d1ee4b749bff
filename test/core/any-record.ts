import fc from 'fast-check';
import type {
  DropRecord,
  HeartbeatRecord,
  NeighbourRecord,
  ResetRecord,
  RetransmitRecord,
  SocketErrorRecord,
  TierRecord,
  TimeWaitRecord,
  TurnRecord,
} from '../../src/core/model/record.ts';
import { TCP_STATES } from '../../src/core/model/tcp-state.ts';
import { type Printed, transition } from './lines.ts';

const uint32 = fc.nat(0xffffffff);
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const state = fc.constantFrom(...TCP_STATES);
const ns = fc.nat(Number.MAX_SAFE_INTEGER);
const skaddr = fc.integer({ min: 1, max: 2 ** 52 - 1 });
const address = fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::7', 'fe80::1:2'));
const where = {
  netns: orNull(fc.integer({ min: 1, max: 0xffffffff })),
  laddr: address,
  lport: fc.nat(65535),
  raddr: address,
  rport: fc.nat(65535),
};
/** As a process can call itself: 15 bytes of UTF-8 at most, without NUL, anything else. */
export const comm = fc
  .array(
    fc.oneof(fc.constantFrom(',', ' ', '\n', '\x1b', '"', '\\', '日', 'é'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    { maxLength: 15 },
  )
  .map((chars) => {
    let text = '';
    for (const char of chars) if (char !== '\0' && new TextEncoder().encode(text + char).length < 16) text += char;
    return text;
  });
const link = fc
  .tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ minLength: 5, maxLength: 5 }))
  .map(([first, rest]) => [first, ...rest].map((byte) => byte.toString(16).padStart(2, '0')).join(':'));

const owner = fc.oneof(fc.constant({ pid: null, comm: null }), fc.record({ pid: fc.integer({ min: 1, max: 4194304 }), comm }));

/** What a kernel without BTF does not tell. */
const OUTSIDE = {
  netns: null,
  sndUna: null,
  sndNxt: null,
  rcvNxt: null,
  srttUs: null,
  retransmits: null,
  err: null,
  finReceived: null,
} as const;

export const anyRecord: fc.Arbitrary<Printed> = fc.oneof(
  fc
    .record({
      from: state,
      to: state,
      ns,
      skaddr,
      ...where,
      inside: orNull(
        fc.record({
          sndUna: uint32,
          sndNxt: uint32,
          rcvNxt: uint32,
          srttUs: orNull(fc.integer({ min: 1, max: 0xffffffff })),
          retransmits: fc.nat(255),
          err: fc.nat(4095),
          finReceived: fc.boolean(),
        }),
      ),
    })
    .chain(({ inside, ...fields }) => owner.map((who) => transition({ ...fields, ...(inside ?? OUTSIDE), ...who }))),
  fc
    .record({
      ns,
      skaddr,
      ...where,
      state,
      seqStart: uint32,
      seqEnd: uint32,
      flags: fc.nat(255),
      retransmits: fc.nat(255),
      caState: fc.nat(4),
      err: fc.constantFrom(null, 0, -1, -16, -113),
    })
    .map((fields): RetransmitRecord => ({ type: 'retransmit', stream: 'retransmit', key: 0, synack: false, ...fields })),
  fc.record({ ns, skaddr, ...where, seqStart: uint32, retransmits: fc.nat(255) }).map(
    (fields): RetransmitRecord => ({
      type: 'retransmit',
      stream: 'synack',
      key: 0,
      synack: true,
      state: 'NEW_SYN_RECV',
      seqEnd: (fields.seqStart + 1) % 2 ** 32,
      flags: 18,
      caState: 0,
      err: null,
      ...fields,
    }),
  ),
  fc
    .record({
      ns,
      ...where,
      skaddr: fc.oneof(fc.constant(0), skaddr),
      state: orNull(state),
      key: fc.integer({ min: 1, max: 3 }),
      reason: orNull(fc.nat(30)),
    })
    .map(
      (fields): ResetRecord => ({
        type: 'reset',
        stream: 'reset',
        direction: fields.key === 1 ? 'received' : 'sent',
        answers: fields.key === 3,
        ...fields,
        state: fields.skaddr === 0 ? null : fields.state,
      }),
    ),
  fc
    .record({
      ns,
      ...where,
      skaddr: fc.oneof(fc.constant(0), skaddr),
      state: orNull(state),
      reason: fc.nat(200),
      direction: fc.constantFrom('received' as const, 'sending' as const),
      segSeq: uint32,
      segAck: uint32,
      segFlags: fc.nat(255),
    })
    .map(
      (fields): DropRecord => ({
        type: 'drop',
        stream: 'drop',
        key: fields.reason,
        ...fields,
        state: fields.skaddr === 0 ? null : fields.state,
      }),
    ),
  fc
    .record({ ns, errno: fc.nat(133), laddr: where.laddr, lport: where.lport, raddr: where.raddr, rport: where.rport })
    .map((fields): SocketErrorRecord => ({ type: 'socket-error', stream: 'error', key: 0, ...fields })),
  fc
    .record({
      ns,
      address,
      device: fc.stringMatching(/^[a-z0-9@.-]{1,15}$/),
      oldLink: orNull(link),
      newLink: orNull(link),
      failed: fc.boolean(),
    })
    .map(
      (fields): NeighbourRecord => ({
        type: 'neighbour',
        stream: 'neighbour',
        key: 0,
        ...fields,
        newLink: fields.failed ? null : fields.newLink,
      }),
    ),
  fc
    .record({
      ns,
      ...where,
      of: fc.constantFrom({ key: 1, what: 'born' as const }, { key: 2, what: 'restarted' as const }, { key: 3, what: 'gone' as const }),
      phase: fc.constantFrom('time-wait' as const, 'fin-wait2' as const),
    })
    .map(({ of, ...fields }): TimeWaitRecord => ({ type: 'time-wait', stream: 'timewait', ...of, ...fields })),
  fc
    .record({ ns, ...where })
    .map((fields): TimeWaitRecord => ({ type: 'time-wait', stream: 'timewait', key: 4, what: 'refused', phase: null, ...fields })),
  ns.map((at): HeartbeatRecord => ({ type: 'heartbeat', ns: at })),
  ns.map((at): TurnRecord => ({ type: 'turn', ns: at })),
  fc.record({ ns, share: fc.integer({ min: 1, max: 4096 }) }).map((fields): TierRecord => ({ type: 'tier', ...fields })),
);
