import { readdirSync, readFileSync } from 'node:fs';

/**
 * What bpftrace 0.17 printed on Linux 6.18 for a program composed of sock-state, retransmit, reset, drop, socket-error and neighbour, as
 * it came (but for its transitions and times, which were then in decimal and are transcribed): a whole IPv4 and IPv6 connection, a refused
 * one, two aborts in FIN_WAIT2 (the second from a bound port), an orphaned FIN_WAIT2 that gets its FIN, a reset by the peer, a shutdown of both ends, and one whose process is called `a, b\nS 1 \x1b[31m\xc3`.
 */
export const LOOPBACK = readFileSync(new URL('recorded/loopback.txt', import.meta.url), 'latin1');
/** This recording's own namespace and numbers. */
export const NETNS = 4026531833;
export const DROP_REASONS = { 2: 'NOT_SPECIFIED', 3: 'NO_SOCKET', 104: 'QUEUE_PURGE' } as const;
export const RESET_REASONS = { 1: 'NO_SOCKET', 14: 'TCP_STATE' } as const;

/** All that the recording says about `port`, in the order of time, with the names of threads that were said until then. */
export function linesAbout(port: number): string[] {
  const all = LOOPBACK.split('\n');
  // A name is said just before the record that it belongs to, and has no time of its own.
  const timed = all.map((line, at) => ({ line, ns: nsOf((line.startsWith('C ') ? all[at + 1] : line) ?? '') }));
  const lines = timed
    .filter(({ line }) => line.startsWith('C ') || portsOf(line).includes(port))
    .sort((a, b) => a.ns - b.ns)
    .map(({ line }) => line);
  return lines.slice(0, lines.findLastIndex((line) => !line.startsWith('C ')) + 1);
}

/** When a line was made, by its own clock. */
export function nsOf(line: string): number {
  return Number.parseInt(line.split(' ')[1] ?? '', 16);
}

/** Every number in a line that may be a port; in a transition two are packed into one word, the last but two or three. */
function portsOf(line: string): number[] {
  const words = line.split(' ');
  const [tag = ''] = words;
  if (!'SsTt'.includes(tag) || tag === '') return /^[A-Z] /.test(line) ? words.filter((word) => /^\d+$/.test(word)).map(Number) : [];
  const ports = BigInt(`0x${words[tag === 'S' || tag === 's' ? 5 : 6] ?? '0'}`);
  return [Number(ports >> 48n), Number((ports >> 32n) & 0xffffn)];
}

const bpf = new URL('../../bpf/', import.meta.url);

/** The example line in the header of each script, recorded on a real kernel. */
export const EXAMPLES: readonly (readonly [script: string, line: string])[] = readdirSync(bpf)
  .filter((name) => name.endsWith('.bt'))
  .map((name) => [name, /^\/\/ Example: (.*)$/m.exec(readFileSync(new URL(name, bpf), 'utf8'))?.[1] ?? ''] as const);
