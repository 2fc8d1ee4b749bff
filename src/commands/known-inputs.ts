import { setImmediate as breath } from 'node:timers/promises';
import type { NamespacesInput, OwnersInput, SampledSocket, SocketsInput, SysctlsInput } from '../core/model/input.ts';
import type { Owner } from '../core/model/owner.ts';
import type { Pipeline } from '../core/pipeline.ts';
import { TIME_WAIT_NS } from '../core/track/time-wait.ts';

/** Table entries looked at before what comes from the kernel has its turn. */
const SLICE = 4000;
/** Listed at most: of more, a capture that begins there knows these. */
const MOST = 100_000;

/** What is known now and was told once only, sockets, owners and settings, as inputs that a replay can begin with; in slices, as any long list. */
export async function knownInputs(pipeline: Pipeline): Promise<(SysctlsInput | SocketsInput | OwnersInput | NamespacesInput)[]> {
  const settings = [...pipeline.detect.settings.all()].map(
    ([netns, values]) => ({ type: 'sysctls', atNs: pipeline.nowNs, netns, values }) as const,
  );
  const fromNs = pipeline.nowNs;
  const found = [...pipeline.owners.known()];
  const names = pipeline.names.all();
  const lists = new Map<number | null, SampledSocket[]>();
  /** Each owner once: thousands of sockets may be of one process. */
  const owners = new Map<Owner, number>();
  const placeOf = (owner: Owner | null): { owner?: number } => {
    if (owner === null) return {};
    const place = owners.get(owner) ?? owners.size;
    owners.set(owner, place);
    return { owner: place };
  };
  let looked = 0;
  const add = (netns: number | null, socket: SampledSocket): void => {
    const list = lists.get(netns);
    if (list === undefined) lists.set(netns, [socket]);
    else list.push(socket);
  };
  for (const { netns, laddr, lport, raddr, rport, state, pid, comm, owner } of pipeline.sockets.values()) {
    if (++looked % SLICE === 0) await breath();
    if (looked > MOST) break;
    add(netns, { laddr, lport, raddr, rport, state, pid, comm, ...placeOf(owner), remainingMs: null });
  }
  for (const { netns, laddr, lport, raddr, rport, phase, pid, comm, sinceNs } of pipeline.timeWait.values()) {
    if (++looked % SLICE === 0) await breath();
    if (looked > MOST) break;
    const remainingMs = Math.max(0, (TIME_WAIT_NS - (pipeline.nowNs - sinceNs)) / 1e6);
    const state = phase === 'time-wait' ? 'TIME_WAIT' : 'FIN_WAIT2';
    add(netns, { laddr, lport, raddr, rport, state, pid, comm, remainingMs });
  }
  const atNs = pipeline.nowNs;
  const table = [...owners.keys()];
  const none = { still: [], gone: [], hidden: [], unread: [] };
  return [
    ...settings,
    ...(found.length === 0 ? [] : [{ type: 'owners', atNs, found, ...none } as const]),
    ...(names.length === 0 ? [] : [{ type: 'namespaces', atNs, names } as const]),
    ...[...lists].map(([netns, sockets]) => ({ type: 'sockets', fromNs, atNs, netns, sockets, owners: table }) as const),
  ];
}
