import { type SocketInfo, TCP_OPTIONS } from '../../core/model/socket-view.ts';
import { tcpStateOf } from '../../core/model/tcp-state.ts';
import type { OptionNumber, SocketCalls } from './calls.ts';

const TCP_INFO: OptionNumber = { level: 6, name: 11 };

/** tcpi_fastopen_client_fail (Linux 5.5): why data in the SYN came to nothing; 0 says nothing, and is all that older kernels say. */
export const CLIENT_FAIL = { unspecified: 0, cookieUnavailable: 1, dataNotAcked: 2, synRetransmitted: 3 } as const;

/** What is used of struct tcp_info (include/uapi/linux/tcp.h). `retransmits` is of the socket's whole life. */
export interface TcpInfo extends SocketInfo {
  readonly clientFail: number;
}

/** Room for all that is read here; the kernel cuts at the length it is told. */
const buffer = Buffer.alloc(256);

/** TCP_INFO of a socket; null where the kernel does not give it. 1 µs. */
export function readTcpInfo(calls: SocketCalls, fd: number): TcpInfo | null {
  const length = calls.read(fd, TCP_INFO, buffer);
  return typeof length === 'number' ? parseTcpInfo(buffer.subarray(0, length)) : null;
}

/** The struct has only ever grown at its end: what a kernel leaves out is null. Null where not even Linux 2.6's part is there. */
export function parseTcpInfo(bytes: Buffer): TcpInfo | null {
  const state = tcpStateOf(bytes[0] ?? 0);
  if (state === undefined || bytes.length < 104) return null;
  const word = (at: number): number | null => (bytes.length >= at + 4 ? bytes.readUInt32LE(at) : null);
  const rttUs = bytes.readUInt32LE(68);
  const minRttUs = word(148);
  const bits = bytes.readUInt8(5);
  return {
    state,
    options: TCP_OPTIONS.filter((_, bit) => (bits & (1 << bit)) !== 0),
    rttUs: rttUs === 0 ? null : rttUs,
    // Before a sample it holds a start value of the kernel's own.
    rttVarUs: rttUs === 0 ? null : bytes.readUInt32LE(72),
    // ~0 before a sample.
    minRttUs: minRttUs === 0xffff_ffff ? null : minRttUs,
    retransmits: bytes.readUInt32LE(100),
    unacked: bytes.readUInt32LE(24),
    segsOut: word(136),
    segsIn: word(140),
    // Bit fields: delivery_rate_app_limited, then two bits of this.
    clientFail: (bytes.readUInt8(7) >> 1) & 3,
  };
}
