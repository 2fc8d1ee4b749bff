import { CAUSES, type Cause, STAGES, type Stage } from '../model/cause.ts';
import type { KernelLane, Mismatch, ProbeAttempt, Responder, Verdict } from '../model/probe.ts';
import { FAST_OPENS } from '../model/socket-view.ts';

/** What an application cannot tell apart: the same timeout, other reasons. The first is what it is called until the kernel says more. */
const HIDDEN: Readonly<Partial<Record<Cause, readonly Cause[]>>> = {
  silent: ['filtered', 'syn-lost', 'kernel-only'],
  unreachable: ['filtered'],
  'tls-stuck': ['kernel-only', 'peer-silent', 'slow-application'],
  'no-answer': ['kernel-only', 'peer-silent', 'slow-application'],
  'slow-application': ['peer-silent'],
};

/**
 * The three-stage verdict on one attempt: from the application's side alone where `kernel` is null, sharper where the kernel's view of
 * the same socket is there.
 */
export function verdict(attempt: ProbeAttempt, kernel: KernelLane | null): Verdict {
  const responder = responderOf(attempt, kernel);
  const { cause, couldBe } = causeOf(attempt, kernel);
  const mismatch = mismatchOf(attempt, cause, kernel);
  if (cause === null) return { alive: true, stages: stagesUntil(null), responder, cause, couldBe, mismatch };
  // An established connection proves the first two stages, whatever the cause is called.
  const failed = responder === 'syn-ack' ? 'serving' : cause === 'stopped' || cause === 'internal' ? 'reachable' : CAUSES[cause].stage;
  return { alive: false, stages: stagesUntil(failed), responder, cause, couldBe, mismatch };
}

/** Segments sent again up to the answer, by the records. */
export const toldAgain = ({ synRetransmits, dataRetransmits }: KernelLane): number => synRetransmits + dataRetransmits;

/** …and by the socket's own count (TCP_INFO), which neither a record that is skipped nor one that comes late can change. */
export const countedAgain = ({ socket }: ProbeAttempt): number => socket?.info?.retransmits ?? 0;

/** True up to the stage that failed, false for it, unknown beyond. */
function stagesUntil(failed: Stage | null): Verdict['stages'] {
  const at = failed === null ? STAGES.length : STAGES.indexOf(failed);
  const of = (index: number): boolean | null => (index < at ? true : index === at ? false : null);
  return { reachable: of(0), responsive: of(1), serving: of(2) };
}

/** Whether the application knows of a SYN-ACK. With Fast Open connect() proves nothing; what the SYN brought does. */
function isConnected({ moments, pooled, socket }: ProbeAttempt): boolean {
  const fastOpen = socket?.fastOpen ?? null;
  return moments.connected !== null || pooled?.reused === true || (fastOpen !== null && FAST_OPENS[fastOpen.outcome].answered === true);
}

function responderOf(attempt: ProbeAttempt, kernel: KernelLane | null): Responder | null {
  const { moments, failure } = attempt;
  if (isConnected(attempt) || (kernel?.establishedNs ?? null) !== null) return 'syn-ack';
  switch (failure?.cause) {
    case 'refused':
      return 'rst';
    case 'unreachable':
    case 'filtered':
      return 'icmp';
    case 'no-route':
    case 'forbidden':
    case 'source-address':
    case 'no-local-port':
    case 'local-limit':
      return 'this machine';
    default:
      return moments.submitted === null ? null : 'nobody';
  }
}

function causeOf(attempt: ProbeAttempt, kernel: KernelLane | null): { cause: Cause | null; couldBe: readonly Cause[] } {
  const { failure, loop, moments } = attempt;
  if (failure === null) return { cause: null, couldBe: [] };
  const { cause } = failure;
  const hidden = HIDDEN[cause];
  if (hidden === undefined) return { cause, couldBe: [] };
  if (kernel !== null) return sharpened(cause, attempt, kernel);
  const stalled = loop.stalls.some(({ fromNs, toNs }) => toNs - fromNs > 0.5 * ((moments.done ?? toNs) - (moments.called ?? fromNs)));
  return { cause, couldBe: stalled ? ['event-loop', ...hidden] : hidden };
}

/** What a timeout was, by the kernel's evidence. */
function sharpened(
  cause: Cause,
  { moments, bytesReceived }: ProbeAttempt,
  kernel: KernelLane,
): { cause: Cause; couldBe: readonly Cause[] } {
  if (cause === 'silent') {
    if (kernel.establishedNs !== null) return { cause: 'event-loop', couldBe: [] };
    return kernel.synRetransmits > 0 ? { cause: 'syn-lost', couldBe: ['filtered', 'kernel-only'] } : { cause, couldBe: ['filtered'] };
  }
  if (cause === 'unreachable') return { cause, couldBe: ['filtered'] };
  if (kernel.allAcknowledged === false && kernel.dataRetransmits > 0) return { cause: 'peer-silent', couldBe: [] };
  if (kernel.allAcknowledged === true && moments.firstByte === null && bytesReceived === 0)
    return { cause: 'kernel-only', couldBe: ['slow-application'] };
  return { cause, couldBe: [] };
}

function mismatchOf(attempt: ProbeAttempt, cause: Cause | null, kernel: KernelLane | null): Mismatch | null {
  const { moments, failure } = attempt;
  if (kernel === null) return null;
  if (failure === null || cause === null) return Math.max(toldAgain(kernel), countedAgain(attempt)) > 0 ? 'masked-loss' : null;
  // Nothing that came from the far end had ended the connection: to the kernel, and to whoever only connects, it was alive.
  const broken =
    kernel.error !== null || kernel.resets.some(({ direction }) => direction === 'received') || finBefore(moments.done, kernel);
  // What was reset between the handshake and Node's callback is as dead as it seems.
  if (!isConnected(attempt)) return kernel.establishedNs === null || broken ? null : 'false-dead';
  return UNANSWERED.has(cause) && !broken ? 'false-alive' : null;
}

/** Connected, and nobody answers. */
const UNANSWERED: ReadonlySet<Cause> = new Set<Cause>(['no-answer', 'kernel-only', 'peer-silent', 'tls-stuck']);

function finBefore(doneNs: number | null, { finReceivedNs }: KernelLane): boolean {
  return finReceivedNs !== null && (doneNs === null || finReceivedNs <= doneNs);
}
