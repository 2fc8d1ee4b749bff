import { readFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import type { SampledSocket, SocketsInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import type { NetNamespace } from './netns.ts';
import { type RunOptions, runIn } from './run.ts';
import { type ParsedSockets, parseSockets } from './ss-line.ts';

/**
 * `-t` TCP · `-a` all states · `-n` numbers, no look-ups · `-H` no header · `-o` timers · `-O` one line each · `-p` users. Not `-e`:
 * inode and cookie are not in {@link SampledSocket}.
 */
const SS = ['ss', '-tanoHO', '-p'] as const;

/**
 * All TCP sockets of one network namespace, mini-sockets included, as `ss` lists them. The kernel walks its table bucket by bucket, so a
 * socket that changes meanwhile may be missing or be listed twice; the list is of the time between `fromNs` and `atNs`, not of a moment.
 *
 * Owners are of this process's own pid namespace; without root only those of the same user are known.
 *
 * @returns null where the namespace is gone, or another now has its inode.
 * @throws SynopticError SAMPLE_FAILED
 */
export async function sampleSockets(namespace: NetNamespace, options: RunOptions = {}): Promise<SocketsInput | null> {
  const fromNs = nowNs();
  const text = await runIn(namespace, SS, options);
  if (text === null) return null;
  // Records that wait meanwhile would look as if the kernel had told them late.
  const sockets = withWholeComm((await parsed(text)).sockets);
  return { type: 'sockets', fromNs, atNs: nowNs(), netns: namespace.netns, sockets };
}

async function parsed(text: string): Promise<ParsedSockets> {
  const steps = parseSockets(text);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breath();
  }
}

/** `ss` ends a comm before its first `)`. Where the process still lives, its own file has all of it. */
function withWholeComm(sockets: readonly SampledSocket[]): SampledSocket[] {
  const comms = new Map<number, string | null>();
  return sockets.map((socket) => {
    const { pid, comm } = socket;
    if (pid === null || comm === null) return socket;
    let whole = comms.get(pid);
    if (whole === undefined) {
      whole = commOf(pid);
      comms.set(pid, whole);
    }
    // Another beginning means that the pid has passed on, or the process renamed itself: what ss saw stands.
    return whole?.startsWith(`${comm})`) ? { ...socket, comm: whole } : socket;
  });
}

function commOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, '');
  } catch {
    return null;
  }
}
