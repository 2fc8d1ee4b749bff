import fc from 'fast-check';
import { formatAddress } from '../../src/core/model/address.ts';
import type { Event, SocketRef } from '../../src/core/model/event.ts';
import { CONFIDENCES, FINDING_PHASES, SEVERITIES, SUBJECT_TYPES } from '../../src/core/model/finding.ts';
import { OWNER_LACKS } from '../../src/core/model/owner.ts';
import { STREAMS } from '../../src/core/model/record.ts';
import { TCP_STATES } from '../../src/core/model/tcp-state.ts';

/** Any event that the core may make but an attempt of a probe, with text as hostile as a process can choose. */
const state = fc.constantFrom(...TCP_STATES);
const port = fc.integer({ min: 0, max: 65535 });
const seq32 = fc.integer({ min: 0, max: 0xffffffff });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const positive = fc.integer({ min: 1, max: 0xffffffff });
const text = fc.string({ unit: 'binary', maxLength: 20 });

/** Both families, written as the core writes them; small pools make filters hit. */
export const address = fc.oneof(
  fc.constantFrom('10.0.0.7', '10.0.0.9', '127.0.0.1', '::1', 'fe80::1', '2001:db8::7'),
  fc.ipV4(),
  fc.uint16Array({ minLength: 8, maxLength: 8 }).map(formatAddress),
);

const stamp = {
  seq: fc.integer({ min: 1 }),
  // 104 days of uptime; 1970 to 2200
  ns: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  wallUs: fc.integer({ min: 0, max: 7_258_118_400_000_000 }),
};

/** As /proc may tell of a process, whatever it and its cgroup are called. */
const owner = fc.record({
  pid: positive,
  comm: orNull(text),
  unit: orNull(text),
  container: orNull(fc.record({ runtime: text, id: text, outer: orNull(text) })),
  pod: orNull(fc.record({ uid: text, name: orNull(text), namespace: orNull(text) })),
  lack: orNull(fc.constantFrom(...OWNER_LACKS)),
});

const socket = fc
  .record({
    sock: orNull(positive),
    netns: orNull(positive),
    laddr: address,
    lport: port,
    raddr: address,
    rport: port,
    pid: orNull(positive),
    comm: orNull(text),
    probe: orNull(text),
    owner: orNull(owner),
    netnsName: orNull(text),
  })
  .map((fields): SocketRef => ({ ...fields, family: fields.laddr.includes(':') ? 6 : 4 }));

function onSocket<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T & SocketRef> {
  return fc.tuple(fc.record<T>(fields), socket).map(([own, ref]) => ({ ...own, ...ref }));
}

/** Names of any text but the one that zod leaves out of a record, so that nothing can be given another prototype: event.test.ts. */
export const recordKey = text.filter((name) => name !== '__proto__');
const figures = fc.dictionary(recordKey, fc.integer());
const seqs = fc.array(positive, { maxLength: 4 });
const evidence = fc.array(fc.record({ words: text, seqs, figures }), { maxLength: 3 });
const ends = { laddr: address, lport: port, raddr: address, rport: port };
const theSubject = fc.record({
  type: fc.constantFrom(...SUBJECT_TYPES),
  netns: orNull(positive),
  laddr: orNull(address),
  lport: orNull(port),
  raddr: orNull(address),
  rport: orNull(port),
  pid: orNull(positive),
  comm: orNull(text),
  owner: orNull(owner),
  netnsName: orNull(text),
  probe: orNull(text),
  network: orNull(text),
  sockets: fc.array(fc.record({ sock: orNull(positive), ...ends }), { maxLength: 3 }),
  socketsTotal: fc.nat(),
});
const finding = fc.record({
  kind: fc.constant('finding' as const),
  ...stamp,
  id: text,
  detector: text,
  phase: fc.constantFrom(...FINDING_PHASES),
  severity: fc.constantFrom(...SEVERITIES),
  confidence: fc.constantFrom(...CONFIDENCES),
  subject: theSubject,
  since: stamp.wallUs,
  summary: text,
  evidence,
  against: evidence,
  completeness: fc.record({ whole: fc.boolean(), gaps: seqs, share: positive, words: orNull(text) }),
  advice: fc.array(fc.record({ words: text, setting: orNull(text), from: orNull(text), to: orNull(text), check: orNull(text) }), {
    maxLength: 2,
  }),
});

export const event: fc.Arbitrary<Exclude<Event, { kind: 'probe' }>> = fc.oneof(
  onSocket({
    kind: fc.constant('state' as const),
    ...stamp,
    from: state,
    to: state,
    dwellUs: orNull(fc.double({ min: 0, max: 1e15, noNaN: true })),
    sndUna: orNull(seq32),
    sndNxt: orNull(seq32),
    rcvNxt: orNull(seq32),
    srttUs: orNull(fc.nat()),
    retransmits: orNull(fc.nat(255)),
    origin: orNull(fc.constantFrom('active' as const, 'passive' as const, 'seeded' as const)),
    anomaly: orNull(fc.constantFrom('impossible' as const, 'discontinuity' as const)),
  }),
  onSocket({
    kind: fc.constant('time-wait' as const),
    ...stamp,
    phase: fc.constantFrom('enter' as const, 'leave' as const),
    inferred: fc.boolean(),
    reusedBy: orNull(positive),
  }),
  onSocket({
    kind: fc.constant('retransmit' as const),
    ...stamp,
    what: fc.constantFrom('syn' as const, 'synack' as const, 'data' as const, 'fin' as const),
    timer: fc.constantFrom('rto' as const, 'fast' as const, 'tlp' as const, 'unknown' as const),
    backoff: fc.nat(20),
    state,
    seqStart: orNull(seq32),
    seqEnd: orNull(seq32),
    error: orNull(text),
  }),
  onSocket({
    kind: fc.constant('reset' as const),
    ...stamp,
    direction: fc.constantFrom('sent' as const, 'received' as const),
    state: orNull(state),
    reason: orNull(text),
  }),
  onSocket({
    kind: fc.constant('drop' as const),
    ...stamp,
    reason: text,
    direction: fc.constantFrom('received' as const, 'sending' as const),
    state: orNull(state),
    segSeq: seq32,
    segAck: seq32,
    segFlags: fc.nat(255),
  }),
  onSocket({ kind: fc.constant('socket-error' as const), ...stamp, errno: text }),
  fc.record({
    kind: fc.constant('neighbour' as const),
    ...stamp,
    address,
    device: text,
    oldLink: orNull(text),
    newLink: orNull(text),
  }),
  finding,
  fc.record({ kind: fc.constant('tier' as const), ...stamp, share: positive, before: positive }),
  fc.record({
    kind: fc.constant('gap' as const),
    ...stamp,
    cause: fc.constantFrom(
      'buffer-full' as const,
      'unaccounted' as const,
      'skipped' as const,
      'unseen' as const,
      'blind' as const,
      'undecodable' as const,
      'suspended' as const,
      'unsampled' as const,
      'shed' as const,
      'slow-reader' as const,
    ),
    lost: orNull(fc.nat()),
    shed: fc.nat(),
    fromNs: stamp.ns,
    toNs: stamp.ns,
    what: orNull(text),
    parts: fc.array(fc.record({ record: fc.constantFrom(...STREAMS), from: orNull(state), to: orNull(state), count: fc.nat() }), {
      maxLength: 4,
    }),
  }),
);
