import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// More transitions than the budget allows, in a namespace of our own: what is told and what is only counted must be all of it together.

/** Transitions a second that may be told; a storm makes ten times as many. */
const BUDGET = 500;
const COUNT = 1500;
const HOST = '127.0.0.1';

/** What one connection over loopback goes through at both its ends. */
const LIFE = [
  ...['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→FIN_WAIT1', 'FIN_WAIT1→FIN_WAIT2', 'FIN_WAIT2→CLOSE'],
  ...['LISTEN→SYN_RECV', 'SYN_RECV→ESTABLISHED', 'ESTABLISHED→CLOSE_WAIT', 'CLOSE_WAIT→LAST_ACK', 'LAST_ACK→CLOSE'],
];

const lab = new LabNamespace();
let tail: Synoptic;
let client: Actor;
let port: number;

beforeAll(async () => {
  tail = await Synoptic.tail([], { config: `bpftrace:\n  budget: ${BUDGET}\n` });
  client = await lab.actor();
  const server = await lab.actor();
  port = await server.number('serve', { host: HOST });
});

afterAll(async () => {
  await tail?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const steps = () => tail.all('tier');
const sheds = () => tail.all('gap', ({ cause }) => cause === 'shed');

const storm = (event: Of<'state'>) => event.netns === lab.netns && (event.lport === port || event.rport === port);

/** How often each transition of the storm was told. */
function told(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { from, to } of tail.all('state', storm)) counts.set(`${from}→${to}`, (counts.get(`${from}→${to}`) ?? 0) + 1);
  return counts;
}

/** How often each transition was shed, of whatever socket: gaps name the six largest of a look, so not every one is here. */
const shed = () => sheds().reduce((sum, gap) => sum + gap.shed, 0);

const canaries = () => tail.all('state', ({ probe, to }) => probe === 'canary' && to === 'SYN_SENT');

describe('a storm beyond the budget', () => {
  it('is told in part and counted in whole: both together are exactly its transitions, each by name', async () => {
    // Nobody else on this machine may shed: what others do would be counted with it.
    expect([steps(), sheds()]).toEqual([[], []]);
    await client.does('burst', { host: HOST, port, count: COUNT, parallel: 16 });
    expect(await tail.event('tier')).toMatchObject({ share: 32, before: 1 });
    const sum = () => [...told().values()].reduce((so, count) => so + count, 0);
    await until('all of it', () => sum() + shed() + tail.told >= COUNT * LIFE.length, 20_000);
    console.log(
      sum(),
      shed(),
      tail.told,
      JSON.stringify([...told()]),
      JSON.stringify(sheds().map((s) => [s.shed, s.what])),
      JSON.stringify(steps()),
    );
  });
});
