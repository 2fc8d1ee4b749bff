import type { TcpState } from '../../core/model/tcp-state.ts';
import type { ProbeWire } from '../../formats/probe.ts';
import type { Connection } from '../../formats/status.ts';
import { attemptLanes } from './attempt-lanes.ts';
import type { SocketEvent } from './row.ts';

/** A stay in one state. Moments are CLOCK_MONOTONIC, ns. */
export interface Slice {
  readonly state: TcpState;
  readonly fromNs: number;
  /** Null while it lasts. */
  readonly toNs: number | null;
  /** False where its start was not seen: it was in this state at `fromNs`, and perhaps before. */
  readonly startSeen: boolean;
}

/** Something that happened to it beside changing its state. */
export interface Mark {
  readonly ns: number;
  readonly event: SocketEvent;
}

/** What the kernel's counters were, in sequence numbers since the first that was seen; null where the kernel gave none. */
export interface Progress {
  readonly ns: number;
  /** Sent for the first time: snd_nxt. */
  readonly sent: number | null;
  /** Acknowledged by the far end: snd_una. */
  readonly acked: number | null;
  /** Received in order: rcv_nxt. */
  readonly received: number | null;
}

/** One socket from the first that is known of it to its end, or to now. */
export interface Life {
  readonly slices: readonly Slice[];
  readonly marks: readonly Mark[];
  readonly progress: readonly Progress[];
  /** Of our own probes on this socket, oldest first. */
  readonly attempts: readonly ProbeWire[];
  /** What the scale shares its room out between: stays in states, and of few attempts their stretches. */
  readonly stretches: readonly { readonly fromNs: number; readonly toNs: number | null }[];
  readonly fromNs: number;
  readonly toNs: number;
  readonly over: boolean;
}

/**
 * Puts a socket's events (oldest first) and its row, where it has one, into one life; null where nothing at all is known.
 * `nowNs` is now, CLOCK_MONOTONIC.
 */
export function lifeOf(
  events: readonly SocketEvent[],
  connection: Connection | null,
  nowNs: number,
  attempts: readonly ProbeWire[] = [],
): Life | null {
  const slices = slicesOf(events);
  if (slices.length === 0 && connection !== null) {
    const { state, sinceNs } = connection;
    const first = events[0] === undefined ? nowNs : Number(events[0].ns);
    slices.push({ state, fromNs: Math.min(sinceNs === null ? first : Number(sinceNs), nowNs), toNs: null, startSeen: sinceNs !== null });
  }
  const marks = events.filter(({ kind }) => kind !== 'state' && kind !== 'time-wait').map((event) => ({ ns: Number(event.ns), event }));
  const [first] = slices;
  if (first === undefined && marks.length === 0) return null;
  const pieces = attempts.flatMap(applicationOf);
  const fromNs = Math.min(...[first?.fromNs, marks[0]?.ns].filter((ns) => ns !== undefined), ...pieces.map((piece) => piece.fromNs));
  const lasts = slices.at(-1)?.toNs === null;
  const ends = [lasts ? nowNs : (slices.at(-1)?.toNs ?? 0), marks.at(-1)?.ns ?? 0, fromNs + 1, ...pieces.map((piece) => piece.toNs)];
  const toNs = Math.max(...ends);
  const stretches = attempts.length <= DETAILED ? [...slices, ...pieces] : slices;
  return { slices, marks, progress: progressOf(events), attempts, stretches, fromNs, toNs, over: !lasts };
}

/** Of a socket that was there before anybody looked, and has done nothing since, nothing is known but its state. */
export function isLengthKnown({ slices, marks }: Life): boolean {
  return slices.length !== 1 || slices[0]?.startSeen === true || marks.length > 0;
}

/** Attempts whose stretches are given room of their own; those of a connection that is kept open would leave none. */
const DETAILED = 2;

function applicationOf(event: ProbeWire): { fromNs: number; toNs: number }[] {
  const calledNs = Number(event.ns);
  return attemptLanes(event).application.map(({ fromUs, toUs }) => ({ fromNs: calledNs + fromUs * 1000, toNs: calledNs + toUs * 1000 }));
}

function slicesOf(events: readonly SocketEvent[]): Slice[] {
  const slices: Slice[] = [];
  const endAt = (ns: number): void => {
    const last = slices.at(-1);
    if (last?.toNs === null) slices[slices.length - 1] = { ...last, toNs: ns };
  };
  for (const event of events) {
    const ns = Number(event.ns);
    if (event.kind === 'state') {
      const last = slices.at(-1);
      if (last?.toNs === null && last.state === event.from) endAt(ns);
      else {
        // What came before was not seen here; its length is known all the same where the service saw its start.
        endAt(ns - (event.dwellUs ?? 0) * 1000);
        if (event.from !== 'CLOSE') {
          slices.push({ state: event.from, fromNs: ns - (event.dwellUs ?? 0) * 1000, toNs: ns, startSeen: event.dwellUs !== null });
        }
      }
      if (event.to !== 'CLOSE') slices.push({ state: event.to, fromNs: ns, toNs: null, startSeen: true });
    } else if (event.kind === 'time-wait') {
      endAt(ns);
      if (event.phase === 'enter') slices.push({ state: 'TIME_WAIT', fromNs: ns, toNs: null, startSeen: true });
    }
  }
  return slices;
}

function progressOf(events: readonly SocketEvent[]): Progress[] {
  let sent: number | null = null;
  let received: number | null = null;
  const points: Progress[] = [];
  for (const event of events) {
    if (event.kind !== 'state') continue;
    const { sndUna, sndNxt, rcvNxt } = event;
    // Zero stands there until the socket has chosen its first number.
    sent ??= sndUna === 0 ? null : sndUna;
    received ??= rcvNxt === 0 ? null : rcvNxt;
    const point = { sent: since(sent, sndNxt), acked: since(sent, sndUna), received: since(received, rcvNxt) };
    if (point.sent !== null || point.received !== null) points.push({ ns: Number(event.ns), ...point });
  }
  return points;
}

/** Sequence numbers are modulo 2³² (RFC 9293 §3.4). */
function since(first: number | null, value: number | null): number | null {
  return first === null || value === null || value === 0 ? null : (value - first) >>> 0;
}
