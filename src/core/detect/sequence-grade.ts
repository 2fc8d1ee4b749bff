import type { NeighbourEvent } from '../model/event.ts';
import type { SequenceThresholds } from '../model/thresholds.ts';
import type { End, Flow, Sign } from './sequence-flow.ts';
import type { Standing } from './standing.ts';

/** A connection that shows something, and which of its ends is the peer. */
export interface Odd {
  readonly flow: Flow;
  readonly sign: Sign;
  /** The address that may have moved. */
  readonly peer: string;
  /** Seen from the other end; the peer's own end only where nothing was seen at the other. */
  readonly end: End;
}

/** Connections that are odd together. */
export interface Together {
  /** By what they show. */
  readonly by: Readonly<Record<Sign, readonly Odd[]>>;
  readonly odd: readonly Odd[];
  /** The link-layer address of the peer, or of one of the peers, that changed in their time; null where none is known to have. */
  readonly change: NeighbourEvent | null;
  /** One that changed in their own network, where the peers are behind a router. */
  readonly nextHop: NeighbourEvent | null;
}

/** What connections are put together under. */
export type About =
  | { readonly type: 'peer'; readonly address: string }
  | { readonly type: 'network'; readonly network: string }
  | { readonly type: 'local'; readonly address: string };

/** Expiries in a row after which a short outage is over, mostly; after one fewer it may be. */
const FIRM_BACKOFF = 4;

export function together(odd: readonly Odd[], change: NeighbourEvent | null, nextHop: NeighbourEvent | null): Together {
  const by: Record<Sign, Odd[]> = { refused: [], stuck: [], unknown: [], cut: [], remnant: [], stalled: [], orphan: [] };
  for (const one of odd) by[one.sign].push(one);
  return { by, odd, change, nextHop };
}

/** How connections that are odd together stand; null: what is seen of them is nothing but ordinary. */
export function grade(about: About, { by, odd, change, nextHop }: Together, { silentFlows }: SequenceThresholds): Standing | null {
  const strong = by.refused.length + by.stuck.length + by.unknown.length + by.cut.length;
  const firm = by.stalled.filter(({ flow }) => flow.backoff >= FIRM_BACKOFF).length;
  const sinceNs = Math.min(...odd.map(({ flow }) => flow.firstNs));
  const size = odd.length;
  const stands = (severity: Standing['severity'], confidence: Standing['confidence']): Standing => ({
    severity,
    confidence,
    sinceNs,
    size,
  });
  if (strong > 0) {
    // Unrelated peers have their own oddities: without a change on the way they are no more than worth a word.
    if (about.type === 'local' && change === null && nextHop === null) return stands('info', 'suspected');
    if (strong > 1) return change === null ? stands('warning', 'consistent') : stands('critical', 'confirmed');
    return firm > 0 && change !== null ? stands('warning', 'consistent') : stands('info', 'suspected');
  }
  if (by.remnant.length > 0) {
    // The kernel's own word where both the SYN and the reset that it led to were seen; and it heals itself.
    const sure = by.remnant.some(({ flow }) => flow.ends.length > 1) ? 'confirmed' : 'suspected';
    return stands(by.remnant.length > 1 ? 'warning' : 'info', sure);
  }
  const flooded = by.stalled.filter(({ flow }) => flow.elsewhere > 0).length;
  // Many neighbours may change on the way: only several connections at once make one of them the likely cause.
  const likely = change !== null ? by.stalled.length > 0 : nextHop !== null && by.stalled.length >= silentFlows;
  if (likely || flooded >= 2) {
    return firm >= 2 ? stands('warning', 'consistent') : stands('info', 'suspected');
  }
  // Silence alone, or strangers' segments alone: a peer that vanished, or a restart, looks the same.
  return firm >= silentFlows || by.orphan.length >= silentFlows ? stands('info', 'suspected') : null;
}
