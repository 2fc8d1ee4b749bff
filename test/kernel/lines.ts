import type { EventWire } from '../../src/formats/event.ts';

/** What is played on every kernel, see stage.ts. */
export const SCENES = ['exchange', 'refused', 'reset', 'handshake', 'data'] as const;
export type Scene = (typeof SCENES)[number];

/** What a scene is about; whatever else a kernel says (how it drops a frame for another host) is not compared. */
const KINDS: Readonly<Record<Scene, readonly EventWire['kind'][]>> = {
  exchange: ['state', 'time-wait', 'reset', 'retransmit'],
  refused: ['state', 'time-wait', 'drop', 'reset', 'socket-error'],
  reset: ['state', 'time-wait', 'reset', 'socket-error'],
  handshake: ['retransmit'],
  data: ['retransmit'],
};

interface Actors {
  /** The server's. */
  readonly port: number;
  readonly netns: readonly number[];
  /** Pid of who opens connections. */
  readonly client: number;
}

/**
 * The events of one scene as lines that are the same wherever the kernel did the same: no numbers that vary. First the transitions of each
 * end, in order; then the rest, each once, sorted: what two CPUs do at the same time has no order.
 */
export function linesOf(scene: Scene, events: readonly EventWire[], actors: Actors): string[] {
  const states: Record<'client' | 'server', string[]> = { client: [], server: [] };
  const rest = new Set<string>();
  for (const event of events) {
    if (!('lport' in event) || event.kind === 'probe' || !KINDS[scene].includes(event.kind)) continue;
    if (event.netns !== null && !actors.netns.includes(event.netns)) continue;
    const end = event.rport === actors.port ? 'client' : 'server';
    if (end === 'server' && event.lport !== actors.port) continue;
    const text = textOf(event, end === 'client' ? actors.client : null);
    if (text === null) continue;
    if (event.kind === 'state') states[end].push(`${end} ${text}`);
    else rest.add(`${end} ${text}`);
  }
  return [...states.client, ...states.server, ...[...rest].sort()];
}

type Told = Extract<EventWire, { lport: number }>;

function textOf(event: Told, owner: number | null): string | null {
  switch (event.kind) {
    case 'state': {
      if (event.to === 'LISTEN' || (event.from === 'LISTEN' && event.to === 'CLOSE')) return null; // the listener's own
      const whose = owner === null ? '' : event.pid === owner ? ', its owner known' : ', its owner not known';
      const wrong = event.anomaly === null ? '' : ` (${event.anomaly})`;
      const peer = event.rport === 0 ? ', its peer not known' : '';
      return `${event.from}→${event.to}${wrong}${peer}${whose}${numbersOf(event)}`;
    }
    case 'time-wait':
      return `time-wait ${event.phase}${event.inferred ? '' : ', exact'}`;
    case 'reset':
      return `reset ${event.direction} in ${event.state ?? 'no socket'}: ${event.reason ?? 'no reason'}`;
    case 'drop':
      return `drop ${event.direction}: ${event.reason}`;
    case 'socket-error':
      return `error ${event.errno}`;
    case 'retransmit':
      if (event.backoff > 1) return null; // how often depends on how slow this machine is
      return event.what === 'synack' ? 'sent again: synack' : `sent again: ${event.what} by ${event.timer} in ${event.state}`;
  }
}

/** Whether the socket was read where it is on this kernel: at an end that both sides agreed on, everything sent is acknowledged. */
function numbersOf({ from, to, sndUna, sndNxt, rcvNxt, srttUs }: Extract<Told, { kind: 'state' }>): string {
  if (to !== 'CLOSE' || (from !== 'FIN_WAIT2' && from !== 'LAST_ACK')) return '';
  if (sndUna === null || rcvNxt === null || srttUs === null) return ', numbers not known';
  return sndUna === sndNxt && rcvNxt > 0 && srttUs > 0 && srttUs < 1e7
    ? ', numbers sound'
    : `, numbers wrong (${sndUna} ${sndNxt} ${rcvNxt} ${srttUs})`;
}
