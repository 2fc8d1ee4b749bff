import type { Observer } from '../formats/status.ts';
import type { Observation } from './observation.ts';

/** The same observation, whose status also tells what serving it live amounts to. Only whoever serves knows. */
export function withLive(observation: Observation, load: () => NonNullable<Observer['live']>): Observation {
  return {
    status: () => {
      const status = observation.status();
      return { ...status, observer: { ...status.observer, live: load() } };
    },
    lastSeq: () => observation.lastSeq(),
    connections: (filter, limit, afterSock) => observation.connections(filter, limit, afterSock),
    life: (sock) => observation.life(sock),
    findings: () => observation.findings(),
    timeWait: () => observation.timeWait(),
    netstack: () => observation.netstack(),
  };
}
