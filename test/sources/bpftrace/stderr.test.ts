import { describe, expect, it } from 'vitest';
import { readStderr } from '../../../src/sources/bpftrace/stderr.ts';

describe('stderr', () => {
  it.each([
    'ERROR: Unknown error -1: couldn\'t set RLIMIT_MEMLOCK for bpftrace. If your program is not loading, you can try "ulimit -l 8192" to fix the problem',
    'stdin:1:1-21: WARNING: tcp_set_state is not traceable (either non-existing, inlined, or marked as "notrace"); attaching to it will likely fail',
    '~~~~~~~~~~~~~~~~~~~~',
    'Attached 17 probes',
    'stdin:22:19-38: WARNING: Expression of type: uint64 being cast to type: int64. This may cause unexpected results.',
    'stdin:93:5-22: WARNING: Return value discarded.',
    'stdin:42-96: WARNING: expanded from',
    'stdin:9-25: WARNING: While loops are deprecated and may be removed in the future.',
    'HINT: For loops support ranges (e.g. `for ($x : $start..$end) { ... }`), and can be used in place of while. These are more easily proven to be bounded by the verifier.',
    '{',
    '',
  ])('passes over what is harmless: %s', (line) => {
    expect(readStderr(line)).toEqual({ kind: 'noise' });
  });

  it('hears of losses', () => {
    expect(readStderr('Lost 5744 events')).toEqual({ kind: 'lost', count: 5744 });
    expect(readStderr('WARNING: Lost 1 events')).toEqual({ kind: 'lost', count: 1 });
  });

  it.each([
    ['ERROR: bpftrace currently only supports running as the root user.', 'wants to run as root'],
    ['stdin:1:1-21: ERROR: tracepoint not found: sock:nope', 'a tracepoint is missing'],
    ["stdin:1:14-29: ERROR: Unknown struct/union: 'struct nope'", 'lacks something'],
    ["stdin:1:52-62: ERROR: Struct/union of type 'struct _tracepoint_x' does not contain a field named 'nope'", 'lacks something'],
    ['stdin:1:9-12: ERROR: Unknown function: foo', 'does not understand'],
    ['stdin:1:20-21: ERROR: syntax error, unexpected }, expecting ) or ","', 'does not understand'],
    ['FATAL: Invalid probe type made it to attachpoint parser', 'does not understand'],
    ['create_probe_event: open(/sys/kernel/tracing/kprobe_events): No such file or directory', 'no kprobes'],
    ['libbpf: Error loading program: Permission denied', "kernel's verifier"],
    ['ERROR: Error loading BPF program for rawtracepoint_x_4. Error code: -13 (Permission denied).', "kernel's verifier"],
    ['ERROR: Unknown BPF object load failure. Try using the "-d libbpf" option', 'refuses BPF here'],
    ['Error creating map: Operation not permitted', 'refuses BPF here'],
  ])('says in plain words what bpftrace means by: %s', (line, words) => {
    const news = readStderr(line);
    expect(news).toMatchObject({ kind: 'fault', plain: expect.stringContaining(words) });
    expect(news).toMatchObject({ plain: expect.stringContaining(line) });
  });

  it('gives on as it is what it does not know', () => {
    expect(readStderr('the moon is full')).toEqual({ kind: 'fault', plain: 'the moon is full' });
  });
});
