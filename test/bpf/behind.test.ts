import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveSession } from '../../src/commands/live-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Event } from '../../src/core/model/event.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';

// A load below the budget that is more than who reads can follow: only a word of the reader's tells the kernel side.

/** Transitions a second that may be told; the load makes half as many, which is twice a quarter. */
const BUDGET = 4000;
const HOST = '127.0.0.1';
const PER_SECOND = BUDGET / 2 / 10;

const lab = new LabNamespace();
const events: Event[] = [];
let canaryPort = 0;
let session: LiveSession;
let client: Actor;
let port: number;

beforeAll(async () => {
  client = await lab.actor();
  const server = await lab.actor();
  port = await server.number('serve', { host: HOST });
  session = await LiveSession.open({
    config: parseConfig(`bpftrace:\n  budget: ${BUDGET}\n`, 'test', {}),
    warn: () => undefined,
    onEnd: () => undefined,
    onEvents: (more) => events.push(...more),
    onInput: (input) => {
      if (input.type === 'start') canaryPort = input.canaryPort;
    },
  });
});

afterAll(async () => {
  await session?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const steps = () => events.flatMap((event) => (event.kind === 'tier' ? [[event.before, event.share]] : []));
const told = () => events.filter((event) => event.kind === 'state' && event.netns === lab.netns).length;
const load = (seconds: number) => client.does('burst', { host: HOST, port, count: PER_SECOND * seconds, perSecond: PER_SECOND });

/** A connection of this process, which is the one that the scripts know, to the canary's listener. */
async function flies(bound: boolean): Promise<void> {
  const socket = connect({ host: HOST, port: canaryPort, ...(bound && { localAddress: HOST }) });
  await once(socket, 'connect');
  socket.destroy();
}

describe('a load that is not followed', () => {
  it('is told whole while nobody says so, other canaries notwithstanding', async () => {
    await flies(false);
    await load(2);
    await until('most of it', () => told() > PER_SECOND * 2 * 9);
    expect(steps()).toEqual([]);
  });

  it('is told in part at once where we do, and the event says so; once it is over every socket is told again', async () => {
    const loading = load(3);
    await flies(true);
    await until('the step down', () => steps().length > 0, 2000);
    await loading;
    await until('the step back', () => steps().length > 1, 10_000);
    expect(steps()).toEqual([
      [1, 64],
      [64, 1],
    ]);
  });

  it('hides the word as it hides every canary', () => {
    const own = events.filter((event) => event.kind === 'state' && (event.lport === canaryPort || event.rport === canaryPort));
    expect(own.length).toBeGreaterThan(0);
    for (const event of own) expect(event).toMatchObject({ probe: 'canary' });
  });
});
