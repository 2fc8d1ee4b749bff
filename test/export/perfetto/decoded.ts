import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { z } from 'zod';

/** Perfetto's own schema, see the head of each file. */
const PROTO = fileURLToPath(new URL('proto/', import.meta.url));

const Annotation = z.strictObject({
  nameIid: z.number().optional(),
  name: z.string().optional(),
  boolValue: z.boolean().optional(),
  uintValue: z.number().optional(),
  doubleValue: z.number().optional(),
  stringValue: z.string().optional(),
});
const Name = z.strictObject({ iid: z.number(), name: z.string() });
const Packet = z.strictObject({
  timestamp: z.number().optional(),
  trustedPacketSequenceId: z.literal(1),
  sequenceFlags: z.number(),
  firstPacketOnSequence: z.boolean().optional(),
  tracePacketDefaults: z.strictObject({ timestampClockId: z.number() }).optional(),
  internedData: z.strictObject({ eventNames: z.array(Name).default([]), debugAnnotationNames: z.array(Name).default([]) }).optional(),
  clockSnapshot: z
    .strictObject({ clocks: z.array(z.strictObject({ clockId: z.number(), timestamp: z.number() })), primaryTraceClock: z.string() })
    .optional(),
  trackDescriptor: z
    .strictObject({
      uuid: z.number(),
      name: z.string(),
      parentUuid: z.number().optional(),
      counter: z.strictObject({ unitName: z.string() }).optional(),
      childOrdering: z.string().optional(),
      siblingOrderRank: z.number().optional(),
      siblingMergeBehavior: z.string().optional(),
    })
    .optional(),
  trackEvent: z
    .strictObject({
      type: z.enum(['TYPE_SLICE_BEGIN', 'TYPE_SLICE_END', 'TYPE_INSTANT', 'TYPE_COUNTER']),
      trackUuid: z.number(),
      nameIid: z.number().optional(),
      name: z.string().optional(),
      debugAnnotations: z.array(Annotation).default([]),
      flowIds: z.array(z.number()).default([]),
      counterValue: z.number().optional(),
      doubleCounterValue: z.number().optional(),
    })
    .optional(),
});
type Packet = z.infer<typeof Packet>;

export type Args = Readonly<Record<string, string | number | boolean>>;

/** A slice as a reader makes it of its two ends; `toNs` is null where it never ended. */
export interface Slice {
  /** Names from the top down. */
  readonly track: readonly string[];
  readonly uuid: number;
  readonly name: string;
  readonly fromNs: number;
  toNs: number | null;
  readonly depth: number;
  readonly args: Args;
  readonly flows: readonly number[];
  endArgs: Args;
}

export interface Instant {
  readonly track: readonly string[];
  readonly ns: number;
  readonly name: string;
  readonly args: Args;
}

export interface Decoded {
  readonly tracks: ReadonlyMap<number, readonly string[]>;
  readonly slices: readonly Slice[];
  readonly instants: readonly Instant[];
  readonly counters: readonly { readonly track: readonly string[]; readonly ns: number; readonly value: number }[];
  readonly clocks: readonly { readonly primary: string; readonly at: ReadonlyMap<number, number> }[];
  /** What a reader would have to put up with, in words. */
  readonly faults: readonly string[];
}

function traceType(): protobuf.Type {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith(PROTO) ? target : PROTO + target);
  return root.loadSync(`${PROTO}trace.proto`).lookupType('perfetto.protos.Trace');
}

/** Decodes by the published schema, refuses what it does not know, and pairs slices as trace_processor does. */
export function decode(bytes: Uint8Array): Decoded {
  const type = traceType();
  const object = type.toObject(type.decode(bytes), { longs: String, enums: String });
  const faults: string[] = [];
  // Unknown fields are lost on the way back.
  const again = type.encode(type.fromObject(object)).finish().length;
  if (again !== bytes.length) faults.push(`${bytes.length} bytes hold ${again} bytes of known fields`);
  const packets = z.object({ packet: z.array(Packet) }).parse(type.toObject(type.decode(bytes), { longs: Number, enums: String })).packet;
  return read(packets, faults);
}

function read(packets: readonly Packet[], faults: string[]): Decoded {
  const names = { event: new Map<number, string>(), annotation: new Map<number, string>() };
  const tracks = new Map<number, readonly string[]>();
  const counterTracks = new Set<number>();
  const slices: Slice[] = [];
  const instants: Instant[] = [];
  const counters: { track: readonly string[]; ns: number; value: number }[] = [];
  const clocks: { primary: string; at: ReadonlyMap<number, number> }[] = [];
  const open = new Map<number, Slice[]>();
  const lastNs = new Map<number, number>();
  const [first] = packets;
  if (first?.clockSnapshot === undefined || first.sequenceFlags !== 1 || first.tracePacketDefaults?.timestampClockId !== 3)
    faults.push('the first packet does not say by which clock the others are');
  for (const packet of packets) {
    for (const { iid, name } of packet.internedData?.eventNames ?? []) names.event.set(iid, name);
    for (const { iid, name } of packet.internedData?.debugAnnotationNames ?? []) names.annotation.set(iid, name);
    const { clockSnapshot, trackDescriptor, trackEvent, timestamp } = packet;
    if (clockSnapshot !== undefined) {
      clocks.push({
        primary: clockSnapshot.primaryTraceClock,
        at: new Map(clockSnapshot.clocks.map((one) => [one.clockId, one.timestamp])),
      });
    }
    if (trackDescriptor !== undefined) {
      const { uuid, name, parentUuid } = trackDescriptor;
      const above = parentUuid === undefined ? [] : tracks.get(parentUuid);
      if (above === undefined) faults.push(`track ${name} is under one that is not there`);
      if (tracks.has(uuid)) faults.push(`track ${uuid} comes twice`);
      tracks.set(uuid, [...(above ?? []), name]);
      if (trackDescriptor.counter !== undefined) counterTracks.add(uuid);
    }
    if (trackEvent === undefined) continue;
    const { type, trackUuid: uuid, nameIid, flowIds: flows } = trackEvent;
    const track = tracks.get(uuid);
    if (track === undefined || timestamp === undefined) {
      faults.push(`an event on track ${uuid}, at ${timestamp}`);
      continue;
    }
    if (timestamp < (lastNs.get(uuid) ?? 0)) faults.push(`time goes back on ${track.join(' / ')}`);
    if (counterTracks.has(uuid) !== (type === 'TYPE_COUNTER')) faults.push(`${type} on ${track.join(' / ')}`);
    lastNs.set(uuid, timestamp);
    const name = nameIid === undefined ? trackEvent.name : names.event.get(nameIid);
    if (name === undefined && (type === 'TYPE_SLICE_BEGIN' || type === 'TYPE_INSTANT')) faults.push(`a nameless ${type}`);
    const args = argsOf(trackEvent.debugAnnotations, names.annotation, faults);
    const stack = open.get(uuid) ?? [];
    open.set(uuid, stack);
    if (type === 'TYPE_COUNTER')
      counters.push({ track, ns: timestamp, value: trackEvent.counterValue ?? trackEvent.doubleCounterValue ?? Number.NaN });
    else if (type === 'TYPE_INSTANT') instants.push({ track, ns: timestamp, name: name ?? '', args });
    else if (type === 'TYPE_SLICE_BEGIN') {
      const slice = { track, uuid, name: name ?? '', fromNs: timestamp, toNs: null, depth: stack.length, args, flows, endArgs: {} };
      slices.push(slice);
      stack.push(slice);
    } else {
      const slice = stack.pop();
      if (slice === undefined) faults.push(`an end without a beginning on ${track.join(' / ')}`);
      else {
        slice.toNs = timestamp;
        slice.endArgs = args;
      }
    }
  }
  return { tracks, slices, instants, counters, clocks, faults };
}

function argsOf(annotations: readonly z.infer<typeof Annotation>[], names: ReadonlyMap<number, string>, faults: string[]): Args {
  const args: Record<string, string | number | boolean> = {};
  for (const { nameIid, name: plain, boolValue, uintValue, doubleValue, stringValue } of annotations) {
    const name = nameIid === undefined ? plain : names.get(nameIid);
    const value = boolValue ?? uintValue ?? doubleValue ?? stringValue;
    if (name === undefined || value === undefined || name in args) faults.push(`an annotation ${name} of ${value}`);
    else args[name] = value;
  }
  return args;
}
