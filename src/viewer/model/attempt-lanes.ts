import type { DriftCause, Phase } from '../../core/model/probe.ts';
import type { ProbeWire } from '../../formats/probe.ts';

/** A stretch of a lane, µs after the attempt was called for. */
export interface Piece {
  readonly name: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** `wait`: for somebody else. `own`: this process, or this kernel. `failed`: it ended in a failure. `again`: until a segment was sent again. */
  readonly tone: 'wait' | 'own' | 'failed' | 'again';
  /** Its beginning or its end lies outside what is drawn. */
  readonly torn: 'left' | 'right' | null;
}

/** Time that the application has and the kernel has not: one side of a phase's drift. */
export interface DriftGap {
  readonly phase: Phase;
  readonly cause: DriftCause;
  readonly fromUs: number;
  readonly toUs: number;
  /** Shorter than the clocks may be off against each other. */
  readonly withinError: boolean;
}

/** A segment sent again, or a reset. */
export interface LaneMark {
  readonly atUs: number;
  readonly what: 'resent' | 'reset';
  readonly words: string;
}

/** The probing process was held: no lane of its own, all of the application's is meant. */
export interface Shade {
  readonly fromUs: number;
  readonly toUs: number;
  readonly what: 'stall' | 'gc';
}

/** One attempt as it is drawn: application over kernel on one axis. */
export interface AttemptLanes {
  readonly fromUs: number;
  readonly toUs: number;
  readonly application: readonly Piece[];
  /** Null where there is no kernel side; `unseen` of the attempt says why. */
  readonly kernel: readonly Piece[] | null;
  readonly gaps: readonly DriftGap[];
  readonly marks: readonly LaneMark[];
  readonly shades: readonly Shade[];
  /** Moments of the kernel that are only known to within the clocks' error. */
  readonly edgesUs: readonly number[];
  readonly errorUs: number | null;
}

/** What of the two lanes can be drawn, from one attempt's figures alone. Nothing is guessed: what was not seen has no piece. */
export function attemptLanes(event: ProbeWire): AttemptLanes {
  const application = applicationPieces(event);
  const { kernel, drift, loop } = event;
  const ends = [
    ...application.map(({ toUs }) => toUs),
    event.phases.closed,
    event.phases.done,
    kernel?.closed,
    kernel?.finSent,
    kernel?.established,
  ];
  const marks = marksOf(event);
  // TIME_WAIT is a minute and a lingering socket has no end: the axis ends with the attempt, and what goes on is torn off.
  const toUs = Math.max(1, ...ends.map((end) => end ?? 0), ...marks.map(({ atUs }) => atUs)) * 1.02;
  const lane = kernel === null ? null : kernelPieces(event, toUs);
  const edges = [...application, ...(lane ?? [])].flatMap((piece) => [piece.fromUs, piece.toUs]);
  const fromUs = Math.min(0, ...(lane ?? []).map((piece) => piece.fromUs), kernel?.synSent ?? 0);
  const errorUs = drift.errorUs;
  return {
    ...{ fromUs, toUs, application, kernel: lane, marks, errorUs },
    gaps: kernel === null ? [] : drift.phases.flatMap((phase) => gapsOf(phase, event)).map((gap) => snapped(gap, edges)),
    shades: [
      ...loop.stalls.map((stall) => ({ fromUs: stall.fromUs, toUs: stall.toUs, what: 'stall' as const })),
      ...loop.gcPauses.map((pause) => ({ fromUs: pause.fromUs, toUs: pause.toUs, what: 'gc' as const })),
    ].filter((shade) => shade.toUs > fromUs && shade.fromUs < toUs),
    edgesUs: kernel === null ? [] : [kernel.synSent, kernel.established, kernel.finSent, kernel.closed].filter((us) => us !== null),
  };
}

function applicationPieces({ phases: at, alive }: ProbeWire): Piece[] {
  const end = at.done ?? at.closeCalled ?? at.closed;
  const failed = (reached: number | null): Piece['tone'] => (reached === null && !alive ? 'failed' : 'wait');
  const pieces: (Piece | null)[] = [
    piece('lookup', at.lookupStarted, at.lookupEnded ?? end, failed(at.lookupEnded)),
    piece('connect', at.connectCalled, at.connected ?? end, failed(at.connected)),
    at.connected === null ? null : piece('TLS', at.secured === null ? null : at.connected, at.secured, 'wait'),
    piece('wait for answer', at.firstWrite, at.firstByte ?? end, failed(at.firstByte)),
    piece('answer', at.firstByte, end, alive ? 'wait' : 'failed'),
    piece('close', at.closeCalled, at.closed, 'own'),
  ];
  return pieces.filter((one) => one !== null);
}

function kernelPieces({ kernel, pooled }: ProbeWire, toUs: number): Piece[] {
  if (kernel === null) return [];
  const { synSent, established, finSent, finReceived, closed, timeWait, gone } = kernel;
  const pieces: (Piece | null)[] = [];
  const leaves = finReceived ?? finSent ?? timeWait ?? closed;
  if (synSent !== null) {
    const lastSyn = Math.max(...kernel.resent.filter(({ what }) => what === 'syn').map(({ at }) => at), Number.NEGATIVE_INFINITY);
    const end = established ?? closed ?? null;
    const again = Number.isFinite(lastSyn) ? lastSyn : null;
    pieces.push(piece('SYN_SENT, lost', synSent, again, 'again'));
    pieces.push(piece('SYN_SENT', again ?? synSent, end ?? toUs, established === null ? 'failed' : 'wait', end === null ? 'right' : null));
  }
  if (established !== null) pieces.push(piece('ESTABLISHED', established, leaves ?? toUs, 'own', leaves === null ? 'right' : null));
  // The handshake of a pooled connection belongs to an earlier attempt.
  else if (synSent === null && pooled?.reused === true)
    pieces.push(piece('ESTABLISHED', Math.min(0, leaves ?? 0), leaves ?? toUs, 'own', leaves === null ? 'right' : 'left'));
  const fin = finReceived !== null && (finSent === null || finReceived < finSent) ? 'CLOSE_WAIT' : 'FIN sent';
  const over = timeWait ?? closed;
  if (leaves !== null && leaves !== over) pieces.push(piece(fin, leaves, over ?? toUs, 'own', over === null ? 'right' : null));
  if (timeWait !== null) {
    const ends = gone !== null && gone <= toUs ? gone : toUs;
    pieces.push(piece('TIME_WAIT', timeWait, ends, 'own', ends === gone ? null : 'right'));
  }
  return pieces.filter((one) => one !== null);
}

function piece(name: string, fromUs: number | null, toUs: number | null, tone: Piece['tone'], torn: Piece['torn'] = null): Piece | null {
  return fromUs === null || toUs === null || toUs <= fromUs ? null : { name, fromUs, toUs, tone, torn };
}

/** A phase's drift lies at its two ends; what is `during` is the kernel's own time. */
function gapsOf(
  { phase, from, applicationUs, parts }: ProbeWire['drift']['phases'][number],
  { drift: { errorUs } }: ProbeWire,
): DriftGap[] {
  const before = stretch(parts, 'before');
  const after = stretch(parts, 'after');
  const end = from + applicationUs;
  const gaps: DriftGap[] = [];
  if (before !== null)
    gaps.push({ phase, cause: before.cause, fromUs: from, toUs: from + before.us, withinError: before.us <= (errorUs ?? 0) });
  if (after !== null) gaps.push({ phase, cause: after.cause, fromUs: end - after.us, toUs: end, withinError: after.us <= (errorUs ?? 0) });
  return gaps;
}

/** The sums of a phase's parts are off by a rounding: an edge that is meant to be a lane's is exactly that. */
function snapped(gap: DriftGap, edges: readonly number[]): DriftGap {
  const snap = (us: number): number => edges.find((edge) => Math.abs(edge - us) < 0.1) ?? us;
  return { ...gap, fromUs: snap(gap.fromUs), toUs: snap(gap.toUs) };
}

/** All that lies on one side of the kernel's span; the cause is that of its largest part. */
function stretch(parts: ProbeWire['drift']['phases'][number]['parts'], side: 'before' | 'after'): { cause: DriftCause; us: number } | null {
  const own = parts.filter(({ when }) => when === side).sort((a, b) => b.us - a.us);
  const [most] = own;
  return most === undefined ? null : { cause: most.cause, us: own.reduce((sum, { us }) => sum + us, 0) };
}

function marksOf({ kernel }: ProbeWire): LaneMark[] {
  if (kernel === null) return [];
  const resent = kernel.resent.map(({ at, what, timer, backoff }) => ({
    atUs: at,
    what: 'resent' as const,
    words: `${what === 'syn' ? 'SYN' : what} sent again (${timer}${backoff > 1 ? `, back-off ${backoff}` : ''})`,
  }));
  const resets = kernel.resets.map(({ at, direction, reason }) => ({
    atUs: at,
    what: 'reset' as const,
    words: `RST ${direction}${reason === null ? '' : ` (${reason})`}`,
  }));
  return [...resent, ...resets].sort((a, b) => a.atUs - b.atUs);
}
