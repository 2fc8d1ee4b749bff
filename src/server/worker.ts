import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { pino } from 'pino';
import { CoreLink } from './core-link.ts';
import { listen } from './listen.ts';
import { LiveClients } from './live-clients.ts';
import { type FromWorker, faultOf, type ToWorker, type WorkerOptions } from './messages.ts';

/** The serving thread: HTTP and WebSockets, with an event loop and a heap of their own. Started by server.ts, which holds the other end. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');

/** Where cores are few, what comes from the kernel goes first. On Linux this is the calling thread's alone. */
const NICE = 5;
setPriority(NICE);

// All is loaded by now. Nothing is looked at, and nothing listens, before the word; what comes after it waits until something does.
const begun = Promise.withResolvers<WorkerOptions>();
const waiting: Exclude<ToWorker, { type: 'begin' }>[] = [];
let take = (message: Exclude<ToWorker, { type: 'begin' }>): void => void waiting.push(message);
port.on('message', (message: ToWorker) => {
  if (message.type === 'begin') begun.resolve(message.options);
  else take(message);
});
const options = await begun.promise;
const post = (message: FromWorker): void => port.postMessage(message);
const core = new CoreLink(post, options.answerWithinMs);
const live = new LiveClients(post);
const log = pino({ level: options.logLevel }, { write: (line) => post({ type: 'log', line }) });

try {
  const { app, host, port: bound } = await listen({ ...options, core, live, log });
  take = (message) => {
    if (message.type === 'answer' || message.type === 'fault') core.take(message);
    else if (message.type === 'stop') void app.close().finally(() => port.close());
    else live.take(message);
  };
  for (const message of waiting.splice(0)) take(message);
  post({ type: 'listening', host, port: bound });
} catch (error) {
  post({ type: 'refused', fault: faultOf(error) });
  port.close();
}
