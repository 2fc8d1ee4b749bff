export type Grade = 'healthy' | 'degraded' | 'unhealthy';

/**
 * One round trip by its own figures: under 50 ms and nothing sent again is healthy; to 200 ms, with at most two retransmissions, degraded;
 * beyond, unhealthy.
 *
 * @param retransmits null where nobody counted: then the round trip alone decides.
 */
export function gradeOf(roundTripMs: number, retransmits: number | null): Grade {
  const again = retransmits ?? 0;
  if (roundTripMs < 50 && again === 0) return 'healthy';
  return roundTripMs <= 200 && again <= 2 ? 'degraded' : 'unhealthy';
}
