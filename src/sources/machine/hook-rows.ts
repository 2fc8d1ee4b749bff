import type { Hook } from '../../core/model/hook.ts';
import type { DoctorHook } from '../../formats/doctor.ts';

/** What the lack of a fact costs, and what kernel has it. Versions are those in which the tracepoint, as used here, appeared. */
const FACTS: Readonly<Record<string, { readonly cost: string; readonly mend: string }>> = {
  'sock-state': { cost: 'Nothing can be observed', mend: 'Linux 4.16 or newer, or one with CONFIG_KPROBES=y' },
  retransmit: {
    cost: 'A lost packet and a slow application look alike; peers that vanished are noticed only when the connection ends',
    mend: 'Linux 4.15 or newer, or one with CONFIG_KPROBES=y',
  },
  reset: { cost: 'Who ended a connection, and why, stays unknown', mend: 'Linux 4.15 or newer; reasons from 6.10' },
  drop: {
    cost: 'Segments refused for their sequence numbers are not seen, nor full accept queues at the last ACK',
    mend: 'Linux 5.17 or newer',
  },
  'socket-error': { cost: 'A connection that ends by timeout or ICMP is not told from one that was closed', mend: 'Linux 5.14 or newer' },
  'time-wait': {
    cost: "Who enters and leaves TIME_WAIT is inferred, and held against the kernel's own count",
    mend: 'a kernel with CONFIG_KPROBES=y',
  },
  neighbour: { cost: 'An address that moved to another machine is not noticed', mend: 'Linux 5.2 or newer' },
};

/** Of a lack: without the first nothing is seen, without the second everything, though not as exactly. */
const SEVERITY: Readonly<Record<string, DoctorHook['severity']>> = { 'sock-state': 'fatal', 'time-wait': 'info' };

/** What this kernel has is not known then. */
const UNREADABLE = 'first make tracefs readable (above): what this kernel has cannot be seen';

/** Each hook with what its lack costs; `readable`: whether tracefs is. A variant that cannot tell everything is worth knowing; a missing fact is a warning. */
export function hookRows(hooks: readonly Hook[], readable: boolean): DoctorHook[] {
  return hooks.map(({ fact, script, lack }) => {
    if (script !== null) return { fact, script, lack, severity: lack === null ? 'ok' : 'info', cost: null, mend: null };
    const { cost, mend } = FACTS[fact] ?? { cost: 'This fact is not observed', mend: 'a newer kernel' };
    return { fact, script, lack, severity: SEVERITY[fact] ?? 'warning', cost, mend: readable ? mend : UNREADABLE };
  });
}
