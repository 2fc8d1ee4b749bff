import { unmapped } from '../../core/model/four-tuple.ts';
import type { SampledSocket } from '../../core/model/input.ts';
import type { TcpState } from '../../core/model/tcp-state.ts';

/** `ss` prints these (iproute2 misc/ss.c, sstate_name); the last three are older or other spellings. */
export const STATES: ReadonlyMap<string, TcpState> = new Map<string, TcpState>([
  ['ESTAB', 'ESTABLISHED'],
  ['SYN-SENT', 'SYN_SENT'],
  ['SYN-RECV', 'SYN_RECV'],
  ['FIN-WAIT-1', 'FIN_WAIT1'],
  ['FIN-WAIT-2', 'FIN_WAIT2'],
  ['TIME-WAIT', 'TIME_WAIT'],
  ['UNCONN', 'CLOSE'],
  ['CLOSE-WAIT', 'CLOSE_WAIT'],
  ['LAST-ACK', 'LAST_ACK'],
  ['LISTEN', 'LISTEN'],
  ['CLOSING', 'CLOSING'],
  ['CLOSED', 'CLOSE'],
  ['CLOSE', 'CLOSE'],
  ['NEW-SYN-RECV', 'NEW_SYN_RECV'],
]);

// An address: `10.0.0.1`, `[::1]`, `*` (an IPv6 wildcard that takes IPv4 too), then perhaps `%eth0`, then `:443` or `:*`.
const END = String.raw`(\*|\d[\d.]{6,14}|\[[\da-f:.]{2,45}\])(?:%[^\s"]{1,15})?:(\d{1,5}|\*)`;

/**
 * The beginning of a socket's line. A comm is at most 15 bytes of anything, line ends included, so no comm can forge this: it needs at
 * least 17, and between two comms `ss` always prints a quotation mark, which an address never holds.
 */
const START = new RegExp(String.raw`^(${[...STATES.keys()].join('|')}) +\d+ +\d+ +${END} +${END}(?=\s|$)`);

/**
 * The first user. A comm may look like the text around it. Taken greedily, but for 15 characters at most, it ends where the kernel's
 * did: reaching into a second user would take 16.
 */
const USER = /^\s+users:\(\("([\s\S]{0,15})",pid=(\d+),(?:tid=\d+,)?fd=\d+\)(?=\)|,\(")/;

/** A record that names users may go on in the next line: each of them may hold line ends. */
const USERS = /^\s+users:\(\(/;

export interface ParsedSockets {
  readonly sockets: readonly SampledSocket[];
  /** Lines that are neither a socket nor the rest of one whose comm holds a line's end. */
  readonly strange: number;
}

/** Lines of a step, some 5 ms. */
const STEP = 2000;

/**
 * Parses the output of `ss -tanoHO -p`. Addresses and states as everywhere else: v4-mapped as IPv4, Linux's spelling, no scope; the
 * wildcard of an AF_INET6 listener is `::`, as in the kernel's tracepoint, whether or not it takes IPv4 as well.
 *
 * `comm` is as `ss` shows it, which ends it before a closing parenthesis.
 *
 * It yields every {@link STEP} lines, for whoever has something else to do: 60,000 sockets take 0.1 s.
 */
export function* parseSockets(text: string): Generator<void, ParsedSockets> {
  const sockets: SampledSocket[] = [];
  let strange = 0;
  /** The head and the rest of the record being read; further lines may belong to its comm. */
  let head: RegExpExecArray | null = null;
  let rest = '';
  const flush = () => {
    if (head !== null) sockets.push(socketOf(head, rest));
  };
  for (const [at, line] of text.split('\n').entries()) {
    if (at % STEP === STEP - 1) yield;
    const start = START.exec(line);
    if (start !== null) {
      flush();
      head = start;
      rest = line.slice(start[0].length);
    } else if (head !== null && USERS.test(rest)) {
      rest += `\n${line}`;
    } else if (line.trim() !== '') {
      strange += 1;
    }
  }
  flush();
  return { sockets, strange };
}

function socketOf(head: RegExpExecArray, rest: string): SampledSocket {
  const [, state = '', laddr = '', lport = '', raddr = '', rport = ''] = head;
  const user = USER.exec(rest);
  return {
    state: STATES.get(state) ?? 'CLOSE',
    laddr: addressOf(laddr),
    lport: portOf(lport),
    raddr: addressOf(raddr),
    rport: portOf(rport),
    pid: user?.[2] === undefined ? null : Number(user[2]),
    comm: user?.[1] ?? null,
    remainingMs: remainingOf(rest),
  };
}

/** `timer:(timewait,1min,0)`, `55sec`, `5.123ms` (seconds, then their milliseconds) or `123ms`: as iproute2's print_ms_timer writes it. */
const TIMER = /^\s+timer:\(timewait,(?:(\d+)min)?(?:(\d+)sec|(?:(\d+)\.)?(\d+)ms)?,/;

function remainingOf(rest: string): number | null {
  const timer = TIMER.exec(rest);
  if (timer === null) return null;
  const [, minutes = 0, whole = 0, seconds = 0, milliseconds = 0] = timer.map((part) => Number(part ?? 0));
  return (minutes * 60 + whole + seconds) * 1000 + milliseconds;
}

export function addressOf(text: string): string {
  if (text === '*') return '::';
  return text.startsWith('[') ? unmapped(text.slice(1, -1)) : text;
}

export function portOf(text: string): number {
  return text === '*' ? 0 : Number(text);
}
