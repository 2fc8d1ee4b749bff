import type { FastOpenState } from '../../core/model/socket-view.ts';
import type { Loaded } from '../sockets/calls.ts';
import { fastOpenState } from '../sockets/fast-open.ts';
import { type Fact, fact } from './fact.ts';
import type { Root } from './root.ts';

/** What probes may do with their own sockets here. */
export interface SocketFacts {
  /** Null: options can be set and read; tried on a socket. Else why not. */
  readonly lack: Fact<string | null>;
  /** Of this network namespace. */
  readonly fastOpen: Fact<FastOpenState>;
}

export function socketFactsOf(root: Root, { why }: Loaded): SocketFacts {
  return {
    lack: fact(why, why === null ? 'koffi: an option of a socket was set and read back' : `koffi: ${why}`),
    fastOpen: fact(
      fastOpenState((path) => root.read(path).text),
      '/proc/sys/net/ipv4/tcp_fastopen…, TcpExt TCPFastOpen… in /proc/self/net/netstat',
    ),
  };
}
