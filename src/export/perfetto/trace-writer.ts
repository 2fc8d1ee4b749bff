import { ProtoWriter } from './proto-writer.ts';

/** Field numbers of protos/perfetto/trace/*.proto in github.com/google/perfetto; `test/export/perfetto` decodes with those files. */
const PACKET = 1;
const OF_PACKET = {
  clocks: 6,
  timestamp: 8,
  sequence: 10,
  event: 11,
  interned: 12,
  flags: 13,
  clock: 58,
  defaults: 59,
  track: 60,
  first: 87,
};
const OF_EVENT = { annotation: 4, type: 9, name: 10, track: 11, plainName: 23, value: 30, double: 44, flow: 47 };
const OF_ANNOTATION = { name: 1, bool: 2, uint: 3, double: 5, string: 6, plainName: 10 };
const OF_INTERNED = { event: 2, annotation: 3 };
const OF_TRACK = { uuid: 1, name: 2, parent: 5, counter: 8, ordering: 11, rank: 12, merging: 15 };
const OF_CLOCKS = { clock: 1, primary: 2, id: 1, timestamp: 2 };
const UNIT_NAME = 6;

const TYPE = { begin: 1, end: 2, instant: 3, counter: 4 };
/** What is numbered stays valid for the whole trace: nothing of it is ever lost. */
const CLEARED = 1;
const NEEDED = 2;
const EXPLICIT = 3;
const MERGE_NONE = 2;
const CLOCKS = { real: 1, monotonic: 3, boot: 6 };

/** The one writer that there is. */
const SEQUENCE = 1;
/** Names that are numbered at most; further ones are written out each time. */
const MOST_NAMES = 4096;
/** Handed over in pieces of at least this, bytes. */
const PIECE = 128 * 1024;
const NOTHING = new Uint8Array();

/** What is said of a slice or an instant; null is left out. */
export type Notes = Readonly<Record<string, string | number | boolean | null>>;

export interface TrackOptions {
  readonly name: string;
  /** Left out at the top. */
  readonly parent?: number;
  /** Its children stand in the order of their ranks. */
  readonly ordered?: true;
  readonly rank?: number;
  /** One row with its siblings of the same name; each has its own where it is left out. */
  readonly merged?: true;
  /** A counter, and its unit. */
  readonly unit?: string;
}

export interface Clocks {
  /** CLOCK_MONOTONIC, ns. */
  readonly ns: number;
  readonly wallUs: number;
  /** CLOCK_BOOTTIME, ns; null where it is not known. */
  readonly bootNs: number | null;
}

/**
 * Writes a Perfetto trace: a stream of TracePackets, of one sequence, by CLOCK_MONOTONIC. Names are numbered once (interned). Within a track
 * times must not go back; from track to track they may, for readers sort.
 */
export class TraceWriter {
  readonly #out = new ProtoWriter();
  readonly #names = new Map<string, number>();
  readonly #annotations = new Map<string, number>();
  #newNames: string[] = [];
  #newAnnotations: string[] = [];
  #tracks = 0;
  #begun = false;

  /** A new track; its number is what else here is told to be on. */
  track({ name, parent, ordered, rank, merged, unit }: TrackOptions): number {
    const uuid = ++this.#tracks;
    const packet = this.#packet(null);
    const track = this.#out.open(OF_PACKET.track);
    this.#out.varint(OF_TRACK.uuid, uuid);
    this.#out.string(OF_TRACK.name, name);
    if (parent !== undefined) this.#out.varint(OF_TRACK.parent, parent);
    if (unit !== undefined) {
      const counter = this.#out.open(OF_TRACK.counter);
      this.#out.string(UNIT_NAME, unit);
      this.#out.close(counter);
    }
    if (ordered === true) this.#out.varint(OF_TRACK.ordering, EXPLICIT);
    if (rank !== undefined) this.#out.varint(OF_TRACK.rank, rank);
    if (merged !== true) this.#out.varint(OF_TRACK.merging, MERGE_NONE);
    this.#out.close(track);
    this.#out.close(packet);
    return uuid;
  }

  /** A slice begins. `flow`: an arrow joins all that have the same. */
  begin(track: number, ns: number, name: string, notes: Notes = {}, flow: number | null = null): void {
    this.#event(TYPE.begin, track, ns, name, notes, flow);
  }

  /** The innermost slice of the track ends. */
  end(track: number, ns: number, notes: Notes = {}): void {
    this.#event(TYPE.end, track, ns, null, notes, null);
  }

  instant(track: number, ns: number, name: string, notes: Notes = {}): void {
    this.#event(TYPE.instant, track, ns, name, notes, null);
  }

  counter(track: number, ns: number, value: number): void {
    const packet = this.#packet(ns);
    const event = this.#out.open(OF_PACKET.event);
    this.#out.varint(OF_EVENT.type, TYPE.counter);
    this.#out.varint(OF_EVENT.track, track);
    if (Number.isSafeInteger(value) && value >= 0) this.#out.varint(OF_EVENT.value, value);
    else this.#out.double(OF_EVENT.double, value);
    this.#out.close(event);
    this.#out.close(packet);
  }

  /** The same moment by each clock: what is told by one can be placed by the others. */
  clocks({ ns, wallUs, bootNs }: Clocks): void {
    const packet = this.#packet(null);
    const snapshot = this.#out.open(OF_PACKET.clocks);
    this.#clock(CLOCKS.monotonic, BigInt(Math.round(ns)));
    this.#clock(CLOCKS.real, BigInt(Math.round(wallUs)) * 1000n);
    if (bootNs !== null) this.#clock(CLOCKS.boot, BigInt(Math.round(bootNs)));
    this.#out.varint(OF_CLOCKS.primary, CLOCKS.monotonic);
    this.#out.close(snapshot);
    this.#out.close(packet);
  }

  /** What was written, once it is worth it; `all` of it at the end. */
  take(all: boolean): Uint8Array {
    return all || this.#out.length >= PIECE ? this.#out.take() : NOTHING;
  }

  #event(type: number, track: number, ns: number, name: string | null, notes: Notes, flow: number | null): void {
    const packet = this.#packet(ns);
    const event = this.#out.open(OF_PACKET.event);
    this.#out.varint(OF_EVENT.type, type);
    this.#out.varint(OF_EVENT.track, track);
    if (name !== null) this.#named(OF_EVENT.name, OF_EVENT.plainName, name, this.#names, this.#newNames);
    for (const note in notes) this.#note(note, notes[note] ?? null);
    if (flow !== null) this.#out.fixed64(OF_EVENT.flow, flow);
    this.#out.close(event);
    this.#interned();
    this.#out.close(packet);
  }

  #note(name: string, value: string | number | boolean | null): void {
    if (value === null) return;
    const annotation = this.#out.open(OF_EVENT.annotation);
    this.#named(OF_ANNOTATION.name, OF_ANNOTATION.plainName, name, this.#annotations, this.#newAnnotations);
    if (typeof value === 'string') this.#out.string(OF_ANNOTATION.string, value);
    else if (typeof value === 'boolean') this.#out.bool(OF_ANNOTATION.bool, value);
    else if (Number.isSafeInteger(value) && value >= 0) this.#out.varint(OF_ANNOTATION.uint, value);
    else this.#out.double(OF_ANNOTATION.double, value);
    this.#out.close(annotation);
  }

  #named(field: number, plainField: number, name: string, known: Map<string, number>, fresh: string[]): void {
    let id = known.get(name);
    if (id === undefined && known.size < MOST_NAMES) {
      id = known.size + 1;
      known.set(name, id);
      fresh.push(name);
    }
    if (id === undefined) this.#out.string(plainField, name);
    else this.#out.varint(field, id);
  }

  /** The numbers that this packet is the first to use. */
  #interned(): void {
    if (this.#newNames.length === 0 && this.#newAnnotations.length === 0) return;
    const interned = this.#out.open(OF_PACKET.interned);
    for (const name of this.#newNames) this.#number(OF_INTERNED.event, name, this.#names);
    for (const name of this.#newAnnotations) this.#number(OF_INTERNED.annotation, name, this.#annotations);
    this.#out.close(interned);
    this.#newNames = [];
    this.#newAnnotations = [];
  }

  #number(field: number, name: string, known: ReadonlyMap<string, number>): void {
    const entry = this.#out.open(field);
    this.#out.varint(1, known.get(name) ?? 0);
    this.#out.string(2, name);
    this.#out.close(entry);
  }

  #clock(id: number, ns: bigint): void {
    const clock = this.#out.open(OF_CLOCKS.clock);
    this.#out.varint(OF_CLOCKS.id, id);
    this.#out.bigVarint(OF_CLOCKS.timestamp, ns);
    this.#out.close(clock);
  }

  #packet(ns: number | null): number {
    const packet = this.#out.open(PACKET);
    if (ns !== null) this.#out.varint(OF_PACKET.timestamp, Math.max(0, Math.round(ns)));
    this.#out.varint(OF_PACKET.sequence, SEQUENCE);
    this.#out.varint(OF_PACKET.flags, this.#begun ? NEEDED : CLEARED);
    if (this.#begun) return packet;
    this.#begun = true;
    this.#out.bool(OF_PACKET.first, true);
    const defaults = this.#out.open(OF_PACKET.defaults);
    this.#out.varint(OF_PACKET.clock, CLOCKS.monotonic);
    this.#out.close(defaults);
    return packet;
  }
}
