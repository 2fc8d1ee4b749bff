// Samples every namespace as an ordinary user and prints what came of it. Everything is loaded first: that user may not be allowed to
// read the checkout.
import { setgid, setgroups, setuid } from 'node:process';
import { sampleCounters } from '../../../src/sources/samples/counters.ts';
import { listNetNamespaces } from '../../../src/sources/samples/netns.ts';
import { sampleSockets } from '../../../src/sources/samples/ss.ts';

const NOBODY = 65_534;
setgroups?.([]);
setgid?.(NOBODY);
setuid?.(NOBODY);

const { namespaces, hidden } = await listNetNamespaces();
const tried = await Promise.all(
  namespaces.map(async (namespace) => {
    const [sockets, counters] = await Promise.allSettled([sampleSockets(namespace), sampleCounters(namespace)]);
    return {
      own: namespace.own,
      names: namespace.names,
      sockets: told(sockets),
      counters: told(counters),
      why: [sockets, counters].map(why),
    };
  }),
);
process.stdout.write(JSON.stringify({ hidden, tried }));

function why(result: PromiseSettledResult<unknown>): string | null {
  return result.status === 'rejected' ? String((result.reason as Error).message) : null;
}

function told(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'rejected') return String((result.reason as { code?: unknown }).code);
  return result.value === null ? 'gone' : 'sampled';
}
