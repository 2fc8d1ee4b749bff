import { readdirSync } from 'node:fs';
import { Bpftrace } from './bpftrace.ts';
import { statusOf } from './processes.ts';
import { until } from './until.ts';

const PROGRAM = 'BEGIN { printf("ready\\n"); } tracepoint:sched:sched_switch /pid == 1/ { @seen = count(); }';
/** Until bpftrace runs, and until the first process has run meanwhile. */
const PATIENCE_MS = { ready: 20_000, run: 3000 };

/**
 * Whether this kernel hides the machine's first process from BPF: it runs no program, of a tracepoint or a raw one, while that is the current task, and
 * counts none as skipped. Measured on a virtual machine whose pid 1 is its host's agent: of 1,134 retransmissions in ftrace's record the 17 that no
 * program saw were all made by the timer's interrupt on top of that process. So an event may be missing there, and nobody can tell.
 */
export async function hidesInit(): Promise<boolean> {
  await using bpftrace = new Bpftrace('-e', PROGRAM);
  await until('bpftrace', () => /^ready$/m.test(bpftrace.stdout), PATIENCE_MS.ready);
  const before = switchesOfInit();
  const ran = await until('pid 1', () => switchesOfInit() > before, PATIENCE_MS.run).catch(() => false);
  await bpftrace.stop();
  return ran && !/^@seen: [1-9]/m.test(bpftrace.stdout);
}

/** How often its threads have left a processor by themselves by now. */
function switchesOfInit(): number {
  return readdirSync('/proc/1/task').reduce((sum, tid) => sum + Number(statusOf(Number(tid), 'voluntary_ctxt_switches')), 0);
}
