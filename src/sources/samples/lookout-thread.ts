import { parentPort } from 'node:worker_threads';
import { READABLE_HERE } from './inet-diag.ts';
import type { FromLookout, ToLookout } from './lookout-messages.ts';
import { netnsCalls } from './netns-calls.ts';
import { Visitor } from './visit.ts';

/** The thread that goes into network namespaces: setns(2) is one thread's alone, and must not be that of all the rest. Started by lookout.ts. */
const port = parentPort;
if (port === null) throw new Error('lookout-thread.ts runs in a worker thread only');

const post = (message: FromLookout): void => port.postMessage(message);

function open(): Visitor | string {
  if (!READABLE_HERE) return 'the kernel’s numbers are big-endian here';
  try {
    return new Visitor(netnsCalls());
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    return missing ? 'koffi is not installed' : `koffi cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const visitor = open();
if (typeof visitor === 'string') {
  post({ type: 'ready', why: visitor });
  port.close();
} else {
  port.on('message', ({ visits }: ToLookout) => post({ type: 'visited', visited: visits.map((visit) => visitor.visit(visit)) }));
  post({ type: 'ready', why: null });
}
