/** What a line on bpftrace's stderr means to us. */
export type StderrNews =
  | { readonly kind: 'lost'; readonly count: number }
  /** Harmless here; not worth a word. */
  | { readonly kind: 'noise' }
  /** Something that a person should read; `plain` says it in our words where we know it. */
  | { readonly kind: 'fault'; readonly plain: string };

const NOISE: readonly RegExp[] = [
  // Kernels since 5.11 do not count BPF maps against it; the keeper has raised it for older ones.
  /RLIMIT_MEMLOCK/,
  /^Attach(?:ing|ed) \d+ probes?/,
  /Could not read functions from .*available_filter_functions/,
  // The keeper's shell names the signal that ended bpftrace; its exit status tells us the same.
  /^(?:Terminated|Killed|Hangup)$/,
  // Under a compiler's remark: the line of the script it means, and pointers at it. What is indented never stands alone.
  /^\s*~+\s*$/,
  /^\s+\S/,
  /WARNING: (?:Unnecessary cast|(?:comparison of|arithmetic on) integers of different signs|.* is not traceable)/,
  // 0.27: of casts that are meant, of delete(), and under each what was written for several probes at once.
  /WARNING: (?:Expression of type: \w+ being cast|Return value discarded|expanded from)/,
  /^[{}]$/,
  // From 0.25 on it wishes for `for` over ranges, which none before 0.24 has; the loop of heartbeat.bt is bounded, and where it must go is left out.
  /WARNING: While loops are deprecated|^HINT: For loops support ranges/,
];

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /perf_event_open\b.*Permission denied/,
    'this kernel opens events for CAP_SYS_ADMIN alone (kernel.perf_event_paranoid above 2), and bpftrace may not keep it',
  ],
  [/only supports running as the root user/i, 'bpftrace wants to run as root'],
  [
    /lockdown|Operation not permitted|EPERM|Unknown BPF object load failure/i,
    'the kernel refuses BPF here: missing capabilities, a seccomp profile or lockdown',
  ],
  [
    /Could not resolve (?:symbol|type)|does not contain a field named|Unknown struct|Unknown identifier/i,
    'this kernel lacks something that a script reads',
  ],
  [/kprobe_events.*No such file/i, 'this kernel has no kprobes'],
  [
    /tracepoint not found|No such file or directory.*events|No matches for tracepoint/i,
    'a tracepoint is missing, or tracefs is not mounted',
  ],
  [/Error loading (?:BPF )?program|verifier|BPF program is too large/i, "the kernel's verifier refuses a script"],
  [
    /Failed to compile|syntax error|ERROR: (?:unexpected|Unknown function)|Invalid probe type/i,
    'this bpftrace does not understand a script',
  ],
  [/Cannot allocate memory|ENOMEM/i, 'there is no memory for the maps and buffers'],
];

/** Reads one line of stderr. */
export function readStderr(line: string): StderrNews {
  const lost = /Lost (\d+) events/.exec(line);
  if (lost !== null) return { kind: 'lost', count: Number(lost[1]) };
  if (line.trim() === '' || NOISE.some((noise) => noise.test(line))) return { kind: 'noise' };
  const known = KNOWN.find(([pattern]) => pattern.test(line));
  return { kind: 'fault', plain: known === undefined ? line : `${known[1]}: ${line}` };
}
