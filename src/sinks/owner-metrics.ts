import { Counter, type Registry } from 'prom-client';
import type { Status } from '../formats/status.ts';

/**
 * How often /proc was asked who owns a socket, by its answer. Never by pod, container or unit: those have no bound; findings and the list of
 * connections name them.
 */
export function ownerMetrics(registry: Registry, owners: () => Status['owners']): void {
  new Counter({
    name: 'synoptic_owner_looks_total',
    help: 'Looks at processes that own sockets, by what came of it',
    labelNames: ['answer'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [answer, count] of Object.entries(owners() ?? {})) this.inc({ answer }, count);
    },
  });
}
