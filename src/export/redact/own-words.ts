/** What stands for text that somebody else may have written. */
export const WITHHELD = '(withheld)';

/** Pieces of why a script cannot be used, as src/sources/bpftrace/choose.ts says it. */
const LACKS = [
  'needs bpftrace 0\\.\\d+',
  'kernels refuse it from bpftrace 0\\.\\d+ on',
  'needs BTF \\(/sys/kernel/btf/vmlinux\\)',
  'no tracepoint [a-z0-9_:]+',
  'tracepoint [a-z0-9_:]+ has no [a-z0-9_]+ on this kernel',
  'no raw tracepoint [a-z0-9_:]+ for this bpftrace',
  'no kprobe on [a-z0-9_]+',
].join('|');

/** Sentences of ours that hold nothing but numbers and the kernel's own names. */
const OWN: readonly RegExp[] = [
  /^bpftrace was stopped$/,
  /^bpftrace (?:ended with status|was ended by signal) \d+(?: \(it said nothing for [\d.]+ s\))?$/,
  /^the recording ended without its end \(its writer was killed, or the copy is cut off\): (?:nothing more was written|\d+ bytes of an unfinished write were cut off)$/,
  /^segments \d+ to \d+ of the recording are missing$/,
  /^the recorder left out \d+ inputs, \d+ bytes of bpftrace’s output: writing was slower than what came, or the disk was full$/,
  new RegExp(`^[a-z-]+: (?:${LACKS})(?:; [a-z-]+: (?:${LACKS}))*$`),
];

/** The text where it is known to be ours alone, else what stands for it. `known`: further sentences of ours. */
export function ownWords(text: string, known: ReadonlySet<string> = new Set()): string {
  return known.has(text) || OWN.some((sentence) => sentence.test(text)) ? text : WITHHELD;
}
