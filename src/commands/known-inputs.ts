import { setImmediate as breath } from 'node:timers/promises';
import type { SampledSocket, SocketsInput, SysctlsInput } from '../core/model/input.ts';
import type { Pipeline } from '../core/pipeline.ts';
import { TIME_WAIT_NS } from '../core/track/time-wait.ts';

/** Table entries looked at before what comes from the kernel has its turn. */
const SLICE = 4000;
/** Listed at most: of more, a capture that begins there knows these. */
const MOST = 100_000;

/** What is known now and was told once only, sockets and settings, as inputs that a replay can begin with; in slices, as any long list. */
export async function knownInputs(pipeline: Pipeline): Promise<(SysctlsInput | SocketsInput)[]> {
  const settings = [...pipeline.detect.settings.all()].map(
    ([netns, values]) => ({ type: 'sysctls', atNs: pipeline.nowNs, netns, values }) as const,
  );
  const fromNs = pipeline.nowNs;
  const lists = new Map<number | null, SampledSocket[]>();
  let looked = 0;
  const add = (netns: number | null, socket: SampledSocket): void => {
    const list = lists.get(netns);
    if (list === undefined) lists.set(netns, [socket]);
    else list.push(socket);
  };
  for (const { netns, laddr, lport, raddr, rport, state, pid, comm } of pipeline.sockets.values()) {
    if (++looked % SLICE === 0) await breath();
    if (looked > MOST) break;
    add(netns, { laddr, lport, raddr, rport, state, pid, comm, remainingMs: null });
  }
  for (const { netns, laddr, lport, raddr, rport, phase, pid, comm, sinceNs } of pipeline.timeWait.values()) {
    if (++looked % SLICE === 0) await breath();
    if (looked > MOST) break;
    const remainingMs = Math.max(0, (TIME_WAIT_NS - (pipeline.nowNs - sinceNs)) / 1e6);
    const state = phase === 'time-wait' ? 'TIME_WAIT' : 'FIN_WAIT2';
    add(netns, { laddr, lport, raddr, rport, state, pid, comm, remainingMs });
  }
  const atNs = pipeline.nowNs;
  return [...settings, ...[...lists].map(([netns, sockets]) => ({ type: 'sockets', fromNs, atNs, netns, sockets }) as const)];
}
