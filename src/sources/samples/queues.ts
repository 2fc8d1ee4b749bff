import type { ListenerSample, QueuesInput, TcpInfoSample, TimerKind, WaitingSample } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import type { NetNamespace } from './netns.ts';
import { type RunOptions, runIn } from './run.ts';
import { addressOf, portOf, STATES } from './ss-line.ts';

/** All but TIME_WAIT and what is not connected yet: those wait for nothing. `-e` for the inode, not `-p`: users take a walk through /proc. */
const LISTED = ['listening', 'established', 'syn-sent', 'fin-wait-1', 'fin-wait-2', 'close-wait', 'last-ack', 'closing'];
const SS = ['ss', '-tnoeHO', ...LISTED.flatMap((state) => ['state', state])];

/** Connections that wait, listed at most; more are counted. */
export const MAX_WAITING = 2000;
/** Of those, so many are asked for struct tcp_info: it makes a line ten times as long, so the kernel is asked for these alone. */
const MAX_INFO = 64;

/**
 * What waits in the queues of one network namespace. Costs 2 µs a connection there is, in `ss` and here, and some 5 ms beside that.
 *
 * @returns null where the namespace is gone, or another now has its inode.
 * @throws SynopticError SAMPLE_FAILED
 */
export async function sampleQueues(namespace: NetNamespace, options: RunOptions = {}): Promise<QueuesInput | null> {
  const fromNs = nowNs();
  const text = await runIn(namespace, SS, options);
  if (text === null) return null;
  const { listeners, waiting, leftOut } = parseQueues(text);
  const infos = await infosOf(namespace, toAsk(waiting, false), options);
  const informed = waiting.map((one) => ({ ...one, info: infos.get(endsOf(one)) ?? null }));
  return { type: 'queues', fromNs, atNs: nowNs(), netns: namespace.netns, listeners, waiting: informed, leftOut };
}

/** Those to ask for struct tcp_info, the longest stalled first; `unread`: also where something came and lies there. */
export function toAsk<T extends WaitingSample>(waiting: readonly T[], unread: boolean): T[] {
  const asked = waiting.filter(({ sendQ, recvQ, timer }) => sendQ > 0 || timer !== null || (unread && recvQ > 0));
  return asked.sort((a, b) => urgency(b) - urgency(a)).slice(0, MAX_INFO);
}

function urgency({ timer, sendQ }: WaitingSample): number {
  return (timer?.backoff ?? 0) * 1e12 + sendQ;
}

async function infosOf(
  namespace: NetNamespace,
  sockets: readonly WaitingSample[],
  options: RunOptions,
): Promise<Map<string, TcpInfoSample>> {
  if (sockets.length === 0) return new Map();
  const one = ({ lport, rport }: WaitingSample): string[] => ['(', 'sport', '=', `:${lport}`, 'and', 'dport', '=', `:${rport}`, ')'];
  const filter = sockets.flatMap((socket, index) => (index === 0 ? one(socket) : ['or', ...one(socket)]));
  const text = await runIn(namespace, ['ss', '-tanoeiHO', '(', ...filter, ')'], options);
  return text === null ? new Map() : parseInfos(text);
}

/** State, queues, both ends; the rest of the line. No `-p`, so nothing in it is text that a process chose. */
const LINE = /^([A-Z\d-]+) +(\d+) +(\d+) +(\S+):(\d+|\*) +(\S+):(\d+|\*)(.*)$/;
const TIMER = /^\s*timer:\((\w+),([^,]*),(\d+)\)/;
const INODE = / ino:(\d+)/;
/** A line that is all right, told at once: most of 100,000 are. */
const IDLE = /^ESTAB +0 +0 +\S+ +\S+ +(?:timer:\(keepalive,[^,]*,0\) +)?(?:uid:\d+ +)?ino:[1-9]/;

export function parseQueues(text: string): Pick<QueuesInput, 'leftOut'> & { listeners: ListenerSample[]; waiting: WaitingSample[] } {
  const listeners: ListenerSample[] = [];
  const waiting: WaitingSample[] = [];
  let leftOut = 0;
  for (const line of text.split('\n')) {
    if (line === '' || IDLE.test(line)) continue;
    const found = LINE.exec(line);
    if (found === null) continue;
    const [, state = '', recv = '', send = '', laddr = '', lport = '', raddr = '', rport = '', rest = ''] = found;
    const [recvQ, sendQ] = [Number(recv), Number(send)];
    if (state === 'LISTEN') {
      listeners.push({ laddr: addressOf(unscoped(laddr)), lport: portOf(lport), waiting: recvQ, backlog: sendQ });
      continue;
    }
    const timer = timerOf(rest);
    const owned = INODE.exec(rest)?.[1] !== '0';
    const mini = timer?.kind === 'timewait';
    const quiet = timer === null || (timer.kind === 'keepalive' && timer.backoff === 0);
    if (mini || (recvQ === 0 && sendQ === 0 && owned && quiet)) continue;
    if (waiting.length >= MAX_WAITING) {
      leftOut++;
      continue;
    }
    const ends = { laddr: addressOf(unscoped(laddr)), lport: portOf(lport), raddr: addressOf(unscoped(raddr)), rport: portOf(rport) };
    waiting.push({ ...ends, state: STATES.get(state) ?? 'CLOSE', recvQ, sendQ, owned, timer, info: null });
  }
  return { listeners, waiting, leftOut };
}

/** struct tcp_info by both ends, from lines of `ss -i`. A field that is 0 is left out by `ss`. */
export function parseInfos(text: string): Map<string, TcpInfoSample> {
  const infos = new Map<string, TcpInfoSample>();
  for (const line of text.split('\n')) {
    const found = LINE.exec(line);
    if (found === null) continue;
    const [, , , , laddr = '', lport = '', raddr = '', rport = '', rest = ''] = found;
    const ends = { laddr: addressOf(unscoped(laddr)), lport: portOf(lport), raddr: addressOf(unscoped(raddr)), rport: portOf(rport) };
    infos.set(endsOf(ends), infoOf(rest));
  }
  return infos;
}

function infoOf(rest: string): TcpInfoSample {
  const text = (name: string): string | null => new RegExp(`[ )]${name}:([\\d./]+)`).exec(rest)?.[1] ?? null;
  const number = (name: string): number | null => {
    const value = text(name);
    return value === null ? null : Number.parseFloat(value);
  };
  const [now = '0', total = '0'] = (text('retrans') ?? '0/0').split('/');
  return {
    unacked: number('unacked') ?? 0,
    backoff: number('backoff') ?? 0,
    retrans: Number(now),
    retransTotal: Number(total),
    segsIn: number('segs_in'),
    segsOut: number('segs_out'),
    lastSndMs: number('lastsnd'),
    lastRcvMs: number('lastrcv'),
    lastAckMs: number('lastack'),
    notSent: number('notsent') ?? 0,
    rtoMs: number('rto'),
    rttMs: number('rtt'),
  };
}

function timerOf(rest: string): WaitingSample['timer'] {
  const found = TIMER.exec(rest);
  if (found === null) return null;
  const [, kind = '', left = '', backoff = ''] = found;
  return { kind: kindOf(kind), ms: millisecondsOf(left), backoff: Number(backoff) };
}

function kindOf(word: string): TimerKind {
  return word === 'on' || word === 'keepalive' || word === 'timewait' || word === 'persist' ? word : 'unknown';
}

/** `1min39sec`, `55sec`, `5.123ms` (seconds, then milliseconds) or `123ms`: as iproute2's print_ms_timer writes it. */
export function millisecondsOf(text: string): number {
  const found = /^(?:(\d+)min)?(?:(\d+)sec|(?:(\d+)\.)?(\d+)ms)?$/.exec(text);
  const [, minutes = 0, whole = 0, seconds = 0, milliseconds = 0] = (found ?? []).map((part) => Number(part ?? 0));
  return (minutes * 60 + whole + seconds) * 1000 + milliseconds;
}

function unscoped(address: string): string {
  return address.replace(/%[^\]\s]+/, '');
}

function endsOf({ laddr, lport, raddr, rport }: Pick<WaitingSample, 'laddr' | 'lport' | 'raddr' | 'rport'>): string {
  return `${laddr} ${lport} ${raddr} ${rport}`;
}
