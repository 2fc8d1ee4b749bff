import { z } from 'zod';
import { DRIFT_CAUSES, type Drift, type KernelLane, PHASES } from '../core/model/probe.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';

const Us = z.number().meta({ unit: 'µs', description: 'After `ns`' });
const Span = z.number().meta({ unit: 'µs' });

/** The kernel's side of an attempt's socket. Null is: not within the attempt, or not to be known here. */
export const KernelLaneWire = z.strictObject({
  synSent: Us.nullable(),
  established: Us.nullable(),
  firstByte: Us.nullable().meta({ description: 'Always null: no hook tells it' }),
  finSent: Us.nullable(),
  finReceived: Us.nullable().meta({ description: 'The far end’s FIN, where it came before ours was acknowledged' }),
  closed: Us.nullable(),
  timeWait: Us.nullable(),
  gone: Us.nullable().meta({ description: 'Nothing is left of the socket: closed without TIME_WAIT, or TIME_WAIT has ended' }),
  state: z.enum(TCP_STATES).nullable().meta({ description: 'When this was told' }),
  synRetransmits: z.int().nonnegative(),
  dataRetransmits: z.int().nonnegative(),
  resent: z
    .array(
      z.strictObject({
        at: Us,
        what: z.enum(['syn', 'synack', 'data', 'fin']),
        timer: z.enum(['rto', 'fast', 'tlp', 'unknown']),
        backoff: z.int().nonnegative(),
      }),
    )
    .meta({ description: 'Every segment sent again, oldest first; the newest 64' }),
  resets: z.array(z.strictObject({ at: Us, direction: z.enum(['sent', 'received']), reason: z.string().nullable() })),
  allAcknowledged: z.boolean().nullable().meta({ description: 'When the socket was closed' }),
  error: z.string().nullable(),
});
type KernelLaneWire = z.infer<typeof KernelLaneWire>;

/** Where the attempt's time went. */
export const DriftWire = z.strictObject({
  errorUs: Span.nullable().meta({
    description: 'How far the kernel’s times may be off against the application’s; null where nothing was compared',
  }),
  phases: z.array(
    z.strictObject({
      phase: z.enum(PHASES),
      from: Us,
      applicationUs: Span,
      kernelUs: Span.nullable().meta({ description: 'The kernel’s own span; null where it has none or none was seen' }),
      driftUs: Span.nullable().meta({ description: 'What the application measured beyond it' }),
      cause: z.enum(DRIFT_CAUSES).nullable().meta({ description: 'Of most of the drift; null below 5 ms' }),
      parts: z
        .array(
          z.strictObject({
            cause: z.enum(DRIFT_CAUSES),
            when: z.enum(['before', 'during', 'after']).meta({ description: 'Against the kernel’s span' }),
            us: Span,
            count: z.int().positive().meta({ description: 'Retransmissions, or collections of garbage; else 1' }),
          }),
        )
        .meta({ description: 'Their sum is applicationUs' }),
    }),
  ),
});
type DriftWire = z.infer<typeof DriftWire>;

/** @param us a moment in µs after the attempt's `ns`. */
export function kernelLaneWireOf(lane: KernelLane, us: (ns: number) => number): KernelLaneWire {
  const at = (ns: number | null): number | null => (ns === null ? null : us(ns));
  const { state, synRetransmits, dataRetransmits, allAcknowledged, error } = lane;
  return {
    synSent: at(lane.synSentNs),
    established: at(lane.establishedNs),
    firstByte: at(lane.firstByteNs),
    finSent: at(lane.finSentNs),
    finReceived: at(lane.finReceivedNs),
    closed: at(lane.closedNs),
    timeWait: at(lane.timeWaitNs),
    gone: at(lane.goneNs),
    ...{ state, synRetransmits, dataRetransmits },
    resent: lane.resent.map(({ ns, what, timer, backoff }) => ({ at: us(ns), what, timer, backoff })),
    resets: lane.resets.map(({ ns, direction, reason }) => ({ at: us(ns), direction, reason })),
    ...{ allAcknowledged, error },
  };
}

export function driftWireOf({ errorNs, phases }: Drift, us: (ns: number) => number): DriftWire {
  return {
    errorUs: errorNs === null ? null : span(errorNs),
    phases: phases.map(({ phase, fromNs, applicationNs, kernelNs, driftNs, cause, parts }) => ({
      phase,
      from: us(fromNs),
      applicationUs: span(applicationNs),
      kernelUs: kernelNs === null ? null : span(kernelNs),
      driftUs: driftNs === null ? null : span(driftNs),
      cause,
      parts: parts.map(({ cause: of, when, ns, count }) => ({ cause: of, when, us: span(ns), count })),
    })),
  };
}

function span(ns: number): number {
  return Math.round(ns) / 1000;
}
