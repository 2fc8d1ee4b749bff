import type { FourTuple } from '../../core/model/four-tuple.ts';
import type { TcpState } from '../../core/model/tcp-state.ts';
import type { Connection } from '../../formats/status.ts';
import { endpoint, owner } from '../../formats/words/endpoint.ts';
import { placeInWords } from '../../formats/words/place.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { stageOf } from '../model/state-order.ts';
import { Glyph, STAGE_SHAPE } from './glyph.tsx';

/** A state by name, shape and colour. */
export function StateName({ state }: { state: TcpState }) {
  const stage = stageOf(state);
  return (
    <span class={`state ${stage}`}>
      <Glyph shape={STAGE_SHAPE[stage]} />
      {state}
    </span>
  );
}

export function Tuple({ of }: { of: FourTuple }) {
  return (
    <>
      {endpoint(visibleText(of.laddr), of.lport)}
      <i> → </i>
      {remote(of)}
    </>
  );
}

/** A listener's far end is anybody. */
export function remote({ raddr, rport }: FourTuple): string {
  return endpoint(visibleText(raddr), rport, '*');
}

/** `comm[pid]`, and where it runs when pointed at; comm is text chosen by that process. Our own probes say so. */
export function Owner({ of }: { of: Pick<Connection, 'comm' | 'pid' | 'probe' | 'owner' | 'netnsName'> }) {
  const { comm, pid, probe } = of;
  return (
    <>
      <bdi title={placeInWords(of.owner, of.netnsName) ?? undefined}>{owner(comm === null ? null : visibleText(comm), pid)}</bdi>
      {probe !== null && <span class="probe">{probe === 'canary' ? 'our canary' : `probe ${visibleText(probe)}`}</span>}
    </>
  );
}

/** A namespace by its name; by its inode where it has none. */
export function Netns({ of }: { of: Pick<Connection, 'netns' | 'netnsName'> }) {
  if (of.netnsName === null) return <>{of.netns ?? ''}</>;
  return <bdi title={String(of.netns)}>{visibleText(of.netnsName)}</bdi>;
}
