import { readFileSync } from 'node:fs';

/** What must hold for a script to attach. Whatever is left out is not needed. */
export interface Needs {
  /** `sock:inet_sock_set_state` */
  readonly tracepoints?: readonly string[];
  /** Fields that a tracepoint must have: `skb:kfree_skb reason`. */
  readonly fields?: readonly string[];
  readonly rawTracepoint?: string;
  readonly kprobes?: readonly string[];
  readonly btf?: true;
  /** Lowest bpftrace version, major × 1000 + minor. */
  readonly version?: number;
  /** The bpftrace version from which on it is refused. */
  readonly before?: number;
}

/**
 * What a script may be told: `transitions` and `anomalies` are budgets in records a second, 0 without bound; `self` our own pid; `canary`
 * the port of our own listener; `quiet` the drop reason that is not worth a record, 0 for none. The processors below `rings` hold up to `slots` records each (a power of 2)
 * for heartbeat.bt, which takes up to `turn` of each at a time; where `rings` is 0 each is printed at once.
 */
export type Parameter = 'transitions' | 'anomalies' | 'self' | 'canary' | 'quiet' | 'rings' | 'slots' | 'turn';

/** One way to observe a fact. */
export interface Script {
  /** File in bpf/, without .bt. */
  readonly name: string;
  readonly needs: Needs;
  /** What it calls $1, $2, … */
  readonly parameters: readonly Parameter[];
  /** What this way cannot tell that the best one can; null for the best. */
  readonly lack: string | null;
}

/** One fact of the kernel, and the scripts that observe it, best first. */
export interface Fact {
  readonly name: string;
  readonly scripts: readonly Script[];
}

const STATE = 'sock:inet_sock_set_state';
/** Of the scripts on sock-state that read the socket. */
const TRANSITIONS: readonly Parameter[] = ['transitions', 'self', 'rings', 'slots', 'canary'];
const ANOMALIES: readonly Parameter[] = ['anomalies'];

/** The script that is always there: what it sends off is not ours to choose. */
export const HEARTBEAT: Pick<Script, 'name' | 'parameters'> = { name: 'heartbeat', parameters: ['rings', 'turn', 'slots'] };

/** Every fact and script. A new one is a file in bpf/, a decoder, and a line here. */
export const FACTS: readonly Fact[] = [
  {
    name: 'sock-state',
    scripts: [
      {
        name: 'sock-state-raw',
        // 0.27 gives arguments as typed pointers, and the verifier of every kernel tried (6.1, 6.12, 7.2) forbids to hash one: `>>= prohibited`.
        needs: { rawTracepoint: 'inet_sock_set_state', btf: true, version: 23, before: 27 },
        parameters: TRANSITIONS,
        lack: null,
      },
      {
        name: 'sock-state',
        needs: { tracepoints: [STATE], btf: true },
        parameters: TRANSITIONS,
        lack: 'the kernel skips it while another BPF program runs on the CPU; skips are counted and told as gaps',
      },
      {
        name: 'sock-state-lean',
        needs: { tracepoints: [STATE] },
        parameters: ['transitions', 'self', 'canary'],
        lack: 'without BTF no network namespace, sequence numbers or round-trip time; TIME_WAIT is guessed from states alone',
      },
      {
        name: 'sock-state-kprobe',
        needs: { kprobes: ['tcp_set_state', 'inet_sk_set_state', 'inet_sk_state_store'], btf: true },
        parameters: TRANSITIONS,
        lack: 'kprobes cost more, and a compiler that inlines one of the functions hides its transitions',
      },
    ],
  },
  {
    name: 'retransmit',
    scripts: [
      {
        name: 'retransmit',
        needs: { tracepoints: ['tcp:tcp_retransmit_skb', 'tcp:tcp_retransmit_synack'], btf: true },
        parameters: ANOMALIES,
        lack: null,
      },
      {
        name: 'retransmit-kprobe',
        needs: { kprobes: ['tcp_retransmit_skb'], btf: true },
        parameters: ANOMALIES,
        lack: 'no tail loss probes, no SYN-ACKs',
      },
    ],
  },
  {
    name: 'reset',
    scripts: [
      {
        name: 'reset',
        needs: { tracepoints: ['tcp:tcp_send_reset', 'tcp:tcp_receive_reset'], btf: true },
        parameters: ANOMALIES,
        lack: null,
      },
    ],
  },
  {
    name: 'drop',
    scripts: [
      {
        name: 'drop',
        needs: { tracepoints: ['skb:kfree_skb'], fields: ['skb:kfree_skb reason'], btf: true },
        parameters: ['quiet', 'anomalies', 'rings', 'slots'],
        lack: null,
      },
    ],
  },
  {
    name: 'socket-error',
    scripts: [{ name: 'socket-error', needs: { tracepoints: ['sock:inet_sk_error_report'] }, parameters: ANOMALIES, lack: null }],
  },
  {
    name: 'neighbour',
    scripts: [{ name: 'neighbour', needs: { tracepoints: ['neigh:neigh_update'] }, parameters: ANOMALIES, lack: null }],
  },
  {
    name: 'time-wait',
    scripts: [
      {
        name: 'time-wait-kprobe',
        needs: { kprobes: ['__inet_twsk_schedule', 'inet_twsk_kill', 'inet_twsk_alloc'], btf: true },
        parameters: ANOMALIES,
        lack: null,
      },
    ],
  },
];

const folder = new URL('../../../bpf/', import.meta.url);

/** The text of bpf/`name`.bt. */
export function readScript(name: string): string {
  return readFileSync(new URL(`${name}.bt`, folder), 'utf8');
}
