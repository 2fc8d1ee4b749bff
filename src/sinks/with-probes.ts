import type { Observation } from './observation.ts';
import type { ProbeBoard } from './probe-board.ts';

/** The same observation, whose status also tells how probing goes. Only whoever probes knows. */
export function withProbes(observation: Observation, board: ProbeBoard): Observation {
  return {
    status: () => ({ ...observation.status(), probes: board.status }),
    lastSeq: () => observation.lastSeq(),
    connections: (filter, limit, afterSock) => observation.connections(filter, limit, afterSock),
    life: (sock) => observation.life(sock),
    findings: () => observation.findings(),
    timeWait: () => observation.timeWait(),
    netstack: () => observation.netstack(),
  };
}
