import { expect } from 'vitest';
import type { Position } from '../host.ts';
import type { Scenario } from '../scenario.ts';
import { tally } from '../seen.ts';
import { due, type Stage } from '../stage.ts';

interface Shift {
  readonly snd?: number;
  readonly rcv?: number;
  /** ms */
  readonly timestamp?: number;
  /** Whether the state is one of half a second before the move. */
  readonly stale?: boolean;
}

/** Two connections in use move, with their state, to another host, where they stand `shift` away from where they were. */
async function restore(stage: Stage, { stale = false, ...shift }: Shift) {
  const { client, server, new: other } = await stage.hosts(['client', 'server', 'new'], ['new']);
  const { flows } = await stage.connected(client, server, 2, { port: 8080 });
  const ends = [await server.accepted(flows[0] ?? never()), await server.accepted(flows[1] ?? never())];
  // Until it has all of them it must not answer for one.
  await stage.network.unplug('new');
  await client.ask(flows, 100);
  await stage.passes(600);
  const positions = async (): Promise<Position[]> => Promise.all(ends.map((end) => server.position(end)));
  let at: Position[] = [];
  if (stale) {
    at = await positions();
    await stage.passes(500);
  }
  const deed = await stage.does('the connections move with their state', flows, async () => {
    await stage.network.unplug('server');
    if (!stale) at = await positions();
    // The old place stops at the move; its connections end there without a word.
    await server.forget(ends);
    await stage.network.ip('new', `addr add ${stage.network.addressOf('server')}/24 dev eth0`);
    for (const position of at) await other.restore(position, shift);
    await stage.network.plug('new');
    await other.announce(stage.network.addressOf('server'));
  });
  await stage.passes(4000);
  return deed;
}

function never(): never {
  throw new Error('two flows were made');
}

/** When there is evidence, ms after the move: hard (kernel-facts §9), of a stall with drops, of a stall alone. */
const EVIDENCE = { hard: [500, 2000], soft: [1100, null], none: [1770, 3500] } as const;

/** `client`, `new`: reasons for which each must drop segments of the connections, at least twice. */
function restored(name: string, what: string, shift: Shift, drops: { client?: string; new?: string }): Scenario {
  const reasons = Object.values(drops);
  const kind = reasons.some((reason) => /UNSENT|TOO_OLD|INVALID/.test(reason)) ? 'hard' : reasons.length > 0 ? 'soft' : 'none';
  return {
    name: `restored-${name}`,
    what: `Connections move to another host with their state, but ${what}`,
    symptom: 'sequence-anomaly',
    async play(stage) {
      const [suspectedMs, firmMs] = EVIDENCE[kind];
      const where = Object.entries(drops).map(([host, reason]) => `${reason} at ${host}`);
      const evidence = kind === 'none' ? 'a peer that is heard and acknowledges nothing' : `drops while ESTABLISHED: ${where.join(', ')}`;
      return due(await restore(stage, shift), { suspectedMs, firmMs, evidence, at: kind === 'none' ? ['client'] : Object.keys(drops) });
    },
    proves(seen) {
      for (const [host, reason] of Object.entries(drops)) {
        const after = seen.all('drop', host, (event) => event.state === 'ESTABLISHED' && seen.after('move')(event));
        expect(tally(after.map((event) => event.reason))[reason] ?? 0).toBeGreaterThanOrEqual(2);
      }
      expect(seen.moves('client', seen.after('move'))).toEqual([]);
      const again = seen.all('retransmit', 'client', ({ timer }) => timer === 'rto');
      expect(Math.max(...again.map(({ backoff }) => backoff))).toBeGreaterThanOrEqual(4);
    },
  };
}

export const restoredScenarios: readonly Scenario[] = [
  restored('stale', 'it is half a second old', { stale: true }, { client: 'TCP_OLD_SEQUENCE', new: 'TCP_ACK_UNSENT_DATA' }),
  restored(
    'sending-behind',
    'its sending side stands 5,000 bytes back',
    { snd: -5000 },
    { client: 'TCP_OLD_SEQUENCE', new: 'TCP_ACK_UNSENT_DATA' },
  ),
  restored('sending-ahead', 'its sending side stands 5,000 bytes ahead', { snd: 5000 }, { new: 'TCP_TOO_OLD_ACK' }),
  restored(
    'receiving-ahead',
    'its receiving side stands 5,000 bytes ahead',
    { rcv: 5000 },
    { client: 'TCP_ACK_UNSENT_DATA', new: 'TCP_OLD_SEQUENCE' },
  ),
  restored('receiving-behind', 'its receiving side stands 40 bytes back', { rcv: -40 }, {}),
  restored('far-away', 'its sending side stands a billion bytes ahead', { snd: 1e9 }, { client: 'TCP_INVALID_SEQUENCE' }),
  restored('far-behind', 'its receiving side stands a billion bytes back', { rcv: -1e9 }, { new: 'TCP_INVALID_SEQUENCE' }),
  restored('clock-behind', 'its timestamps are ten minutes old', { timestamp: -600_000 }, { client: 'TCP_RFC7323_PAWS' }),
];

export const movedExactly: Scenario = {
  name: 'moved-exactly',
  what: 'Connections move to another host with their exact state, and go on',
  symptom: null,
  async play(stage) {
    await restore(stage, {});
    return null;
  },
  proves(seen) {
    expect(seen.moves('new')).toEqual(Array(2).fill(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED']).flat());
    expect(seen.all('drop', 'client', ({ state }) => state === 'ESTABLISHED')).toEqual([]);
    expect(seen.moves('client', seen.after('move'))).toEqual([]);
  },
};
