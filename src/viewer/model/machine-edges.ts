import type { TcpState } from '../../core/model/tcp-state.ts';

/** `active`: the end that connects or closes first. `passive`: the one that is connected to or closed upon. */
export type Side = 'active' | 'passive' | 'both';

/** An arrow of RFC 9293 §3.3.2, figure 5. `linux` is false where Linux never takes it. */
export interface Edge {
  readonly from: TcpState;
  readonly to: TcpState;
  readonly side: Side;
  readonly words: string;
  readonly linux?: false;
}

export const EDGES: readonly Edge[] = [
  { from: 'CLOSE', to: 'LISTEN', side: 'passive', words: 'passive open' },
  { from: 'LISTEN', to: 'CLOSE', side: 'passive', words: 'close' },
  { from: 'CLOSE', to: 'SYN_SENT', side: 'active', words: 'active open' },
  { from: 'SYN_SENT', to: 'CLOSE', side: 'active', words: 'gave up, refused' },
  { from: 'LISTEN', to: 'SYN_RECV', side: 'passive', words: 'SYN received' },
  { from: 'LISTEN', to: 'SYN_SENT', side: 'active', words: 'send', linux: false },
  { from: 'SYN_SENT', to: 'SYN_RECV', side: 'both', words: 'both at once' },
  { from: 'SYN_RECV', to: 'LISTEN', side: 'passive', words: 'RST received', linux: false },
  { from: 'SYN_RECV', to: 'ESTABLISHED', side: 'passive', words: 'accepted' },
  { from: 'SYN_SENT', to: 'ESTABLISHED', side: 'active', words: 'connected' },
  { from: 'SYN_RECV', to: 'FIN_WAIT1', side: 'passive', words: 'close' },
  { from: 'ESTABLISHED', to: 'FIN_WAIT1', side: 'active', words: 'active close' },
  { from: 'ESTABLISHED', to: 'CLOSE_WAIT', side: 'passive', words: 'passive close' },
  { from: 'FIN_WAIT1', to: 'FIN_WAIT2', side: 'active', words: 'FIN acked' },
  { from: 'FIN_WAIT1', to: 'CLOSING', side: 'both', words: 'FIN crossed' },
  { from: 'FIN_WAIT2', to: 'TIME_WAIT', side: 'active', words: 'FIN received' },
  { from: 'CLOSING', to: 'TIME_WAIT', side: 'both', words: 'FIN acked' },
  { from: 'TIME_WAIT', to: 'CLOSE', side: 'active', words: '60 s over' },
  { from: 'CLOSE_WAIT', to: 'LAST_ACK', side: 'passive', words: 'close' },
  { from: 'LAST_ACK', to: 'CLOSE', side: 'passive', words: 'FIN acked' },
];

/** The arrow of the RFC between two states, if there is one. */
export function edgeBetween(from: TcpState, to: TcpState): Edge | undefined {
  return EDGES.find((edge) => edge.from === from && edge.to === to);
}

/** What a transition is, in words: the RFC's, or what Linux makes beside it. */
export function transitionWords(from: TcpState, to: TcpState, impossible: boolean): string {
  if (impossible) return 'impossible for Linux’s TCP';
  const edge = edgeBetween(from, to);
  if (edge !== undefined) return edge.side === 'both' ? `${edge.words}, both ends` : `${edge.words}, ${edge.side} end`;
  if (from === 'FIN_WAIT1' && to === 'TIME_WAIT') return 'FIN came with the ACK, active end';
  if (from === 'FIN_WAIT2' && to === 'CLOSE') return 'orphaned: a remnant waits on without it; or reset';
  if (from === to) return 'close() after shutdown()';
  if (to === 'CLOSE') return 'ended without the RFC’s farewell: reset, timed out or aborted';
  return 'Linux’s own';
}
