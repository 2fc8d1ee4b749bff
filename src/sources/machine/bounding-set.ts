import { atLeast } from './kernel.ts';
import type { Machine } from './machine.ts';

/** Above this, kernels with Debian's patch open perf events for CAP_SYS_ADMIN alone; mainline's highest value. */
const PARANOID_MAINLINE = 2;

/**
 * The least that root's bpftrace must keep here, as setpriv names it: to load programs (bpf), to open and read events (perfmon), and to
 * lock buffers beyond perf_event_mlock_kb (ipc_lock). sys_admin comes with it where nothing less opens an event: before Linux 5.8, and where
 * kernel.perf_event_paranoid is 3 or more. Debian's kernels start with 3 and know no CAP_PERFMON there (`perf_paranoid_any()` in its
 * perf_event_open): seen on 5.10, 6.1, 6.12 and 7.2. Without it bpftrace 0.17 opens no buffer at all.
 */
export function boundingSetOf({ kernel, privileges }: Pick<Machine, 'kernel' | 'privileges'>): readonly string[] {
  const least = ['bpf', 'perfmon', 'ipc_lock'];
  const needed = (kernel.perfEventParanoid.value ?? 0) > PARANOID_MAINLINE || !atLeast(kernel.release.value, 5, 8);
  // setpriv refuses to add what the bounding set has already lost; without it the patched kernel may still have been patched otherwise.
  return needed && privileges.bounding.value.includes('CAP_SYS_ADMIN') ? [...least, 'sys_admin'] : least;
}
