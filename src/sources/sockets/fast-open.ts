import { readFileSync } from 'node:fs';
import type { FastOpenOutcome, FastOpenState } from '../../core/model/socket-view.ts';
import { numbersOf } from '../samples/counters.ts';
import { CLIENT_FAIL, type TcpInfo } from './tcp-info.ts';

/** What one connection showed of Fast Open. */
export interface FastOpenSigns {
  /** Whether connect() came back before any SYN was sent: the kernel had a cookie, or does without. */
  readonly deferred: boolean;
  /** At the end of the attempt. */
  readonly info: TcpInfo;
  /** Whether a byte of the answer came. */
  readonly heard: boolean;
  /** Whether an earlier handshake with this server, which ended well, had asked for a cookie. */
  readonly askedBefore: boolean;
}

/**
 * What became of Fast Open, by the socket's own TCP_INFO (net/ipv4/tcp_fastopen.c, tcp_rcv_fastopen_synack()).
 *
 * @param state of the namespace, where the SYN carried nothing
 */
export function fastOpenOutcome({ deferred, info, heard, askedBefore }: FastOpenSigns, state: () => FastOpenState): FastOpenOutcome {
  const { options, clientFail, segsOut, retransmits } = info;
  if (!deferred) {
    // The kernel asks for a cookie whenever it has none, unless it holds Fast Open back: then it asks for nothing and says nothing.
    const { blackhole, blackholeTimeoutS } = state();
    if (clientFail === CLIENT_FAIL.unspecified && (blackhole ?? 0) > 0 && (blackholeTimeoutS ?? 0) > 0) return 'held-back';
    return askedBefore ? 'no-cookie' : 'cookie-asked';
  }
  if (options.includes('syn-data')) return 'carried';
  if (segsOut === 0) return 'not-sent';
  if (!isAnswered(info, heard)) return 'unanswered';
  if (clientFail === CLIENT_FAIL.synRetransmitted) return 'syn-lost';
  if (clientFail === CLIENT_FAIL.dataNotAcked) return 'not-acknowledged';
  // Before Linux 5.5 it does not say why.
  return (retransmits ?? 0) > 0 ? 'syn-lost' : 'not-acknowledged';
}

/** Whether a SYN-ACK came. A socket that was refused or given up is CLOSE as well as one that ended. */
function isAnswered({ state, options }: TcpInfo, heard: boolean): boolean {
  return heard || options.length > 0 || (state !== 'SYN_SENT' && state !== 'CLOSE');
}

const TIMEOUT_FILE = '/proc/sys/net/ipv4/tcp_fastopen_blackhole_timeout_sec';

/** Text of a file; null where it cannot be read. */
export type ReadText = (path: string) => string | null;

/** Fast Open in this process's network namespace. Counts are sums since it was made. 0.2 ms. */
export function fastOpenState(read: ReadText = readText): FastOpenState {
  const counters = numbersOf(read('/proc/self/net/netstat') ?? '');
  const count = (name: string): number | null => counters.get(`TcpExt ${name}`) ?? null;
  return {
    setting: numberIn(read('/proc/sys/net/ipv4/tcp_fastopen')),
    active: count('TCPFastOpenActive'),
    activeFail: count('TCPFastOpenActiveFail'),
    blackhole: count('TCPFastOpenBlackhole'),
    blackholeTimeoutS: numberIn(read(TIMEOUT_FILE)),
  };
}

function numberIn(text: string | null): number | null {
  return text === null || !/^\s*\d+\s*$/.test(text) ? null : Number(text);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
