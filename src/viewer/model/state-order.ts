import type { TcpState } from '../../core/model/tcp-state.ts';

/** The eleven states of RFC 9293 §3.3.2, in the order of its diagram, with the part of a connection's life each belongs to. */
export const STATE_TILES = [
  ['LISTEN', 'listening'],
  ['SYN_SENT', 'opening'],
  ['SYN_RECV', 'opening'],
  ['ESTABLISHED', 'open'],
  ['FIN_WAIT1', 'closing'],
  ['FIN_WAIT2', 'closing'],
  ['CLOSING', 'closing'],
  ['TIME_WAIT', 'waiting'],
  ['CLOSE_WAIT', 'left'],
  ['LAST_ACK', 'left'],
  ['CLOSE', 'closed'],
] as const satisfies readonly (readonly [TcpState, string])[];

export type Stage = (typeof STATE_TILES)[number][1];

/** Linux's request sockets stand with SYN_RECV, which is what RFC 9293 calls them. */
export const STATE_ORDER: readonly TcpState[] = STATE_TILES.flatMap(([state]) =>
  state === 'SYN_RECV' ? [state, 'NEW_SYN_RECV' as const] : [state],
);

/** The part of life a state belongs to: `closing` is the active closer's side, `left` the one that was closed upon. */
export function stageOf(state: TcpState): Stage {
  return STATE_TILES.find(([name]) => name === state)?.[1] ?? 'opening';
}
