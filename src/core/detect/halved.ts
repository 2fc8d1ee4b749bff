import type { DropEvent } from '../model/event.ts';
import type { Confidence } from '../model/finding.ts';
import type { FourTuple } from '../model/four-tuple.ts';
import type { Stall } from './stall.ts';

/** SYN-ACKs that came again to an established connection. */
export interface SynAcks {
  readonly event: DropEvent;
  readonly firstNs: number;
  lastNs: number;
  count: number;
  seqs: number[];
}

/** A connection that only its client believes in. */
export interface Halved {
  readonly stall: Stall | null;
  readonly synAcks: SynAcks | null;
  readonly tuple: FourTuple;
}

/** All of them towards one far end: what is wrong is wrong there. */
export interface HalvedPlace {
  /** The finding's key. */
  readonly key: string;
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  /** By four-tuple, the newest so many. */
  readonly members: Map<string, Halved>;
  sinceNs: number;
  /** The surest that any of them was, and its own sign of it. */
  confidence: Confidence;
}

const PLACES = 256;
const MEMBERS = 256;

/** Connections that only their clients believe in, by far end. Bounded: of more, the oldest are forgotten. */
export class HalvedPlaces {
  readonly #places = new Map<string, HalvedPlace>();
  /** Where each of them is. */
  readonly #of = new Map<string, HalvedPlace>();

  /** Adds one, or what is new of it; null where too many far ends are known already. */
  add(tuple: string, netns: number | null, one: Halved, sinceNs: number, confidence: Confidence): HalvedPlace | null {
    const { raddr, rport } = one.tuple;
    const key = `client ${netns} ${raddr} ${rport}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      if (this.#places.size >= PLACES) return null;
      place = { key, netns, raddr, rport, members: new Map(), sinceNs, confidence };
      this.#places.set(key, place);
    }
    const [oldest] = place.members.size >= MEMBERS && !place.members.has(tuple) ? place.members.keys() : [];
    if (oldest !== undefined) this.delete(oldest);
    place.members.set(tuple, one);
    this.#of.set(tuple, place);
    place.sinceNs = Math.min(place.sinceNs, sinceNs);
    if (SURENESS[confidence] > SURENESS[place.confidence]) place.confidence = confidence;
    return place;
  }

  /** Forgets one; gives its place where it was the last one there. */
  delete(tuple: string): HalvedPlace | null {
    const place = this.#of.get(tuple);
    if (place === undefined) return null;
    this.#of.delete(tuple);
    place.members.delete(tuple);
    if (place.members.size > 0) return null;
    this.#places.delete(place.key);
    return place;
  }

  tuples(): Iterable<string> {
    return this.#of.keys();
  }
}

const SURENESS: Readonly<Record<Confidence, number>> = { suspected: 0, consistent: 1, confirmed: 2 };
