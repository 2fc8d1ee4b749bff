import type { ProbeEvent } from '../../core/model/event.ts';
import type { KernelLane, Moment, Phase, PhaseDrift, ProbeAttempt } from '../../core/model/probe.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { Lanes, Line } from './line.ts';
import type { Notes, TraceWriter } from './trace-writer.ts';

/** Targets with tracks of their own at most; further ones share one. */
const MOST_TARGETS = 2000;
/** Sockets that have outlived their attempts, followed at most. */
const MOST_LINGERING = 1000;

/** What an application does in an attempt: from this moment to that, or to the answer where that was not reached. */
const STEPS: readonly (readonly [name: string, from: Moment, to: Moment, phase: Phase | null])[] = [
  ['lookup', 'lookupStarted', 'lookupEnded', null],
  ['connect', 'connectCalled', 'connected', 'connect'],
  ['tls', 'connected', 'secured', 'tls'],
  ['request', 'firstWrite', 'firstByte', 'request'],
  ['answer', 'firstByte', 'done', null],
  ['close', 'closeCalled', 'closed', 'close'],
];

interface Target {
  readonly group: number;
  readonly application: Lanes;
  readonly kernel: Lanes;
}

/** A piece of a lane, ns. */
interface Piece {
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly notes: Notes;
}

/** Two tracks a target: the application's side of each attempt and the kernel's, joined by an arrow. */
export class ProbeTracks {
  readonly #trace: TraceWriter;
  readonly #parent: number;
  readonly #targets = new Map<string, Target>();
  readonly #lingering = new Map<string, Line>();

  constructor(trace: TraceWriter, parent: number) {
    this.#trace = trace;
    this.#parent = parent;
  }

  probe(event: ProbeEvent): void {
    if (event.update === null) this.#attempt(event);
    else this.#outlived(event, event.update);
  }

  #attempt(event: ProbeEvent): void {
    const { attempt, kernel, seq, verdict } = event;
    const { application, kernel: kernelLanes } = this.#targetOf(attempt.target);
    const { fromNs, toNs } = spanOf(attempt);
    const line = application.freeFrom(fromNs);
    line.begin(fromNs, verdict.cause ?? 'alive', notesOf(event), seq);
    for (const { name, fromNs: begin, toNs: end, notes } of stepsOf(event, toNs)) {
      line.begin(begin, name, notes);
      line.end(end);
    }
    line.end(toNs);
    if (kernel === null) return;
    const pieces = kernelPieces(kernel, toNs);
    const [first] = pieces;
    if (first !== undefined) drawKernel(kernelLanes.freeFrom(first.fromNs), pieces, kernel, { attempt: attempt.attempt, flow: seq });
  }

  /** A socket that has outlived its attempt: one slice more, from the attempt's end to its own. */
  #outlived(event: ProbeEvent, update: 'lingering' | 'gone'): void {
    const { attempt, kernel, seq } = event;
    const key = `${attempt.attempt} ${attempt.target}`;
    const { toNs } = spanOf(attempt);
    const known = this.#lingering.get(key);
    if (update === 'lingering') {
      if (this.#lingering.size >= MOST_LINGERING) this.#lingering.clear();
      const line = new Line(this.#trace, {
        name: 'outlived its attempt',
        parent: this.#targetOf(attempt.target).group,
        rank: 3,
        merged: true,
      });
      line.begin(toNs, 'lingering', { seq, attempt: attempt.attempt, state: kernel?.state ?? null });
      this.#lingering.set(key, line);
      return;
    }
    this.#lingering.delete(key);
    const goneNs = kernel?.goneNs ?? kernel?.closedNs ?? toNs;
    if (known !== undefined) known.end(goneNs, { endSeq: seq });
    else {
      const line = new Line(this.#trace, {
        name: 'outlived its attempt',
        parent: this.#targetOf(attempt.target).group,
        rank: 3,
        merged: true,
      });
      line.instant(goneNs, 'gone', { seq, attempt: attempt.attempt });
    }
  }

  #targetOf(name: string): Target {
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    if (this.#targets.size > MOST_TARGETS) return this.#targetOf('further targets');
    const group = this.#trace.track({ name: visibleText(name), parent: this.#parent, ordered: true });
    const target = {
      group,
      application: new Lanes(this.#trace, { name: 'application', parent: group, rank: 1 }),
      kernel: new Lanes(this.#trace, { name: 'kernel', parent: group, rank: 2 }),
    };
    this.#targets.set(name, target);
    return target;
  }
}

/** From the call to the last moment that was reached. */
function spanOf({ moments, plannedNs }: ProbeAttempt): { fromNs: number; toNs: number } {
  const fromNs = moments.called ?? plannedNs;
  const toNs = Object.values(moments).reduce<number>((last, ns) => Math.max(last, ns ?? 0), fromNs);
  return { fromNs, toNs };
}

/** In the order of time, none within another. */
function stepsOf({ attempt: { moments }, drift }: ProbeEvent, lastNs: number): Piece[] {
  const pieces: Piece[] = [];
  let beforeNs = 0;
  for (const [name, from, to, phase] of STEPS) {
    const began = moments[from];
    // Without TLS nothing lies between connected and the first write.
    if (began === null || (name === 'tls' && moments.secured === null && moments.firstWrite !== null)) continue;
    const fromNs = Math.max(began, beforeNs);
    const toNs = Math.max(fromNs, moments[to] ?? (name === 'close' ? lastNs : (moments.done ?? lastNs)));
    pieces.push({ name, fromNs, toNs, notes: driftNotes(drift.phases.find((one) => one.phase === phase)) });
    beforeNs = toNs;
  }
  return pieces;
}

function driftNotes(drift: PhaseDrift | undefined): Notes {
  if (drift === undefined) return {};
  const { kernelNs, driftNs, cause, parts } = drift;
  const where = parts.map((part) => `${part.cause} ${Math.round(part.ns)} ns ${part.when}`).join(', ');
  return { kernelNs, driftNs, driftCause: cause, parts: where === '' ? null : where };
}

/** The socket's own states in the attempt, up to its end or the attempt's. */
function kernelPieces({ synSentNs, establishedNs, finSentNs, finReceivedNs, closedNs }: KernelLane, attemptEndNs: number): Piece[] {
  const endNs = closedNs ?? Math.max(attemptEndNs, synSentNs ?? 0, establishedNs ?? 0, finSentNs ?? 0, finReceivedNs ?? 0);
  const fins = [finSentNs, finReceivedNs].filter((ns) => ns !== null);
  const closingNs = fins.length === 0 ? null : Math.min(...fins);
  const pieces: Piece[] = [];
  const add = (name: string, fromNs: number | null, toNs: number): void => {
    if (fromNs !== null) pieces.push({ name, fromNs, toNs: Math.max(fromNs, toNs), notes: {} });
  };
  add('handshake', synSentNs, establishedNs ?? closingNs ?? endNs);
  add('established', establishedNs, closingNs ?? endNs);
  add('closing', closingNs, endNs);
  return pieces;
}

/** Slices one behind the other, and what was sent again or reset between their ends in its place. */
function drawKernel(line: Line, pieces: readonly Piece[], kernel: KernelLane, about: { attempt: number; flow: number }): void {
  const incidents = [
    ...kernel.resent.map(({ ns, what, timer, backoff }) => ({ ns, name: `retransmit ${what} (${timer})`, notes: { backoff } as Notes })),
    ...kernel.resets.map(({ ns, direction, reason }) => ({ ns, name: `RST ${direction}`, notes: { reason } as Notes })),
  ].sort((a, b) => a.ns - b.ns);
  const tellUntil = (ns: number): void => {
    for (let next = incidents[0]; next !== undefined && next.ns <= ns; next = incidents[0]) {
      line.instant(next.ns, next.name, next.notes);
      incidents.shift();
    }
  };
  const { error, allAcknowledged, state } = kernel;
  for (const [at, { name, fromNs, toNs }] of pieces.entries()) {
    tellUntil(fromNs);
    line.begin(fromNs, name, { attempt: about.attempt, ...(at === 0 && { state, error, allAcknowledged }) }, at === 0 ? about.flow : null);
    tellUntil(toNs);
    line.end(toNs);
  }
  tellUntil(Number.POSITIVE_INFINITY);
  if (kernel.timeWaitNs !== null) line.instant(kernel.timeWaitNs, 'TIME_WAIT');
}

function notesOf({ seq, attempt, verdict, standing, sock, netns, unseen, drift }: ProbeEvent): Notes {
  const { attempt: number, protocol, requestId, reason, loop, failure, answer, laddr, lport, raddr, rport, plannedNs, moments } = attempt;
  return {
    ...{ seq, attempt: number, protocol, reason, requestId, alive: verdict.alive, cause: verdict.cause, mismatch: verdict.mismatch },
    ...{ responder: verdict.responder, words: failure?.words ?? answer, health: standing.health, sock, netns, laddr, lport, raddr, rport },
    ...{ lateNs: (moments.called ?? plannedNs) - plannedNs, loopStalls: loop.stalls.length, gcPauses: loop.gcPauses.length },
    ...{ clockErrorNs: drift.errorNs, kernelUnseen: unseen },
  };
}
