import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveSession } from '../../src/commands/live-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Event } from '../../src/core/model/event.ts';
import { CANARY } from '../../src/core/model/input.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';

// A load below the budget that is more than who reads can follow: only a word of the reader's tells the kernel side.

/** Transitions a second that may be told; the load makes half as many, which is twice a quarter. */
const BUDGET = 20_000;
const { host: HOST, behind: WORD } = CANARY;
const PER_SECOND = BUDGET / 2 / 10;

const lab = new LabNamespace();
const events: Event[] = [];
let canaryPort = 0;
let here = 0;
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
      if (input.type === 'start') ({ canaryPort, netns: here } = input);
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
async function flies(host: string): Promise<void> {
  const socket = connect({ host, port: canaryPort });
  await once(socket, 'connect');
  socket.destroy();
}

/** This thread does nothing else for so long. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a load that is not followed', () => {
  it('is told whole while nobody says so, other canaries and strangers who say the same notwithstanding', async () => {
    await flies(HOST);
    execFileSync('bash', ['-c', `exec 3<>/dev/tcp/${WORD}/${canaryPort}`]);
    await load(2);
    await until('most of it', () => told() > PER_SECOND * 2 * 9);
    expect(steps()).toEqual([]);
  });

  it('is told in part where this process does not come to read, and the event says so; once it is over every socket is told again', async () => {
    const loading = load(15);
    await until(
      'the step down',
      () => {
        busy(600);
        return steps().length > 0;
      },
      14_000,
    );
    await loading;
    await until('the step back', () => steps().length > 1, 10_000);
    expect(steps().slice(0, 2)).toEqual([
      [1, 64],
      [64, 1],
    ]);
  });

  it('hides the word as it hides every canary', () => {
    const own = events
      .filter((event) => event.kind === 'state')
      .filter((event) => event.netns === here && [event.lport, event.rport].includes(canaryPort));
    expect(own.map((event) => event.raddr)).toContain(WORD);
    expect(own.map((event) => event.laddr)).toContain(WORD);
    for (const event of own) expect(event).toMatchObject({ probe: 'canary' });
  });
});
