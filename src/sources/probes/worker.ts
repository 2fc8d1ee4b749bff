import { parentPort, workerData } from 'node:worker_threads';
import type { DialledInput, ProbeInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { LoopWatch } from './loop-watch.ts';
import type { ProberData, Report, ToProber } from './messages.ts';
import { Pool } from './pool.ts';
import { Scheduler } from './scheduler.ts';

/** The probing thread: an event loop and a heap of its own, so that what it measures is the network and not ourselves. Started by prober.ts. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');

const { targets, counted, atOnce, maxWaiting } = workerData as ProberData;
let inputs: (DialledInput | ProbeInput)[] = [];
let waiting = 0;
let untold = 0;
let posting = false;

function post(): void {
  posting = false;
  const report: Report = { type: 'report', inputs, untold };
  inputs = [];
  untold = 0;
  port?.postMessage(report);
}

/** One message a turn of the loop, after the sockets' turn: copying what is told must not come before what is measured. */
function tell(input: DialledInput | ProbeInput): void {
  inputs.push(input);
  if (posting) return;
  posting = true;
  setImmediate(post);
}

using watch = new LoopWatch();
const scheduler = new Scheduler({
  ...{ targets, counted, atOnce, watch, pool: new Pool(), count: null },
  onDialled: (dialled) => {
    if (waiting < maxWaiting) tell(dialled);
  },
  onAttempt: (attempt, standing) => {
    if (waiting >= maxWaiting) {
      untold += 1;
      return;
    }
    waiting += 1;
    tell({ type: 'probe', atNs: nowNs(), attempt, standing });
  },
});
port.on('message', (message: ToProber) => {
  if (message.type === 'follow') scheduler.follow(message.targets);
  else if (message.type === 'taken') waiting -= message.attempts;
  else if (message.type === 'sent-again') scheduler.sentAgain(message.target, message.attempt, message.retransmits);
  else scheduler.stop();
});
await scheduler.run();
if (posting) post();
port.close();
