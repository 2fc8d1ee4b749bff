import type { FourTuple } from '../../core/model/four-tuple.ts';
import { TCP_STATES, type TcpState } from '../../core/model/tcp-state.ts';

/** The state that the filter asks for, where it asks for one. */
export function stateIn(filter: string): TcpState | undefined {
  const asked = terms(filter).find((term) => term.startsWith('state='));
  return TCP_STATES.find((state) => asked === `state=${state}`);
}

/** Sets `state=` to this state, or takes the term away where it is that already. Other terms stay. */
export function toggleState(filter: string, state: TcpState): string {
  const others = terms(filter).filter((term) => !term.startsWith('state='));
  return (stateIn(filter) === state ? others : [...others, `state=${state}`]).join(' ');
}

/** Terms that only this connection fits. Port 0 means not chosen yet, and so says nothing. */
export function onlyThis(tuple: FourTuple, netns: number | null): string {
  const ports = [`lport=${tuple.lport}`, `rport=${tuple.rport}`].filter((term) => !term.endsWith('=0'));
  return [`laddr=${tuple.laddr}`, `raddr=${tuple.raddr}`, ...ports, ...(netns === null ? [] : [`netns=${netns}`])].join(' ');
}

function terms(filter: string): string[] {
  return filter.split(/\s+/).filter((term) => term !== '');
}
