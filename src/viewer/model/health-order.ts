import type { ProbeRow } from '../../formats/probes.ts';

/** The worst first, as people look for them. */
export const HEALTHS: readonly ProbeRow['health'][] = ['dead', 'weak', 'jittering', 'new', 'healthy'];
