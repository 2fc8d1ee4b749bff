import { readFile, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ReplaySession } from '../../src/commands/replay-session.ts';
import { Problem } from '../../src/formats/problem.ts';
import { type ReplayState, ReplayView, type Steer } from '../../src/formats/replay.ts';
import type { Server } from '../../src/server/server.ts';
import { readGolden } from '../lab/golden.ts';
import { until } from '../lab/until.ts';
import { Folder, writeCapture } from '../sinks/capture/made.ts';
import { ask, Client, type Served, serve } from './served.ts';

/** 80 s with findings that come and go. */
const DEMO = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));
const PATIENCE_MS = 30_000;

interface Replayed extends Served {
  readonly session: ReplaySession;
}

/** A capture that is replayed and served, as `synoptic replay` does it, from its beginning and paused. */
async function replayed(stack: AsyncDisposableStack, file = DEMO, onEnd: (fault: unknown) => void = () => undefined): Promise<Replayed> {
  let served: Served | null = null;
  const session = stack.use(
    await ReplaySession.open({
      ...{ file, mode: 'replay', speed: 1, onEnd },
      onEvents: (events) => served?.live.accept(events),
      onRestart: () => served?.live.restart(),
      onChange: () => served?.live.tellStatus(),
    }),
  );
  served = stack.use(await serve({ observation: session.view, steering: session.steering, recent: session.steering.recent }));
  session.begin();
  return { ...served, session };
}

async function steer(server: Server, wish: object, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify(wish);
  return fetch(`${server.url}/api/v1/replay`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

async function standing(server: Server, wish: Steer, fits: (state: ReplayState) => boolean): Promise<ReplayState> {
  expect((await steer(server, wish)).status).toBe(200);
  return until(
    JSON.stringify(wish),
    async () => {
      const { state } = ReplayView.parse((await ask(server, '/api/v1/replay')).json());
      return fits(state) ? state : null;
    },
    PATIENCE_MS,
  );
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  await writeFile(path, bytes);
}

describe('a replay over HTTP', { timeout: 60_000 }, () => {
  it('says what it is of, where it stands, and soon what is to be marked on its time line', async () => {
    await using stack = new AsyncDisposableStack();
    const { server } = await replayed(stack);
    const view = await until(
      'the survey',
      async () => {
        const answer = ReplayView.parse((await ask(server, '/api/v1/replay')).json());
        return answer.state.survey.done ? answer : null;
      },
      PATIENCE_MS,
    );
    expect(view.capture).toMatchObject({ trigger: 'made', title: expect.stringMatching(/./) });
    expect(view.findings.map(({ detector }) => detector)).toContain('half-open');
    const { spanMs } = view.state;
    for (const { atMs, untilMs } of view.findings) {
      expect(atMs).toBeLessThanOrEqual(spanMs ?? 0);
      expect(untilMs ?? spanMs).toBeGreaterThanOrEqual(atMs);
    }
    const [first] = view.findings;
    const there = await standing(server, { do: 'seek', atMs: first?.atMs ?? 0 }, ({ seeking }) => seeking === null);
    expect(there.turn).toBeGreaterThan(1);
    const open = (await ask(server, '/api/v1/findings')).json();
    expect(open).toMatchObject({ open: expect.arrayContaining([expect.objectContaining({ id: first?.id, phase: 'open' })]) });
  });

  it('greets everyone anew after a seek, with a snapshot and the events that led there', async () => {
    await using stack = new AsyncDisposableStack();
    const { server } = await replayed(stack);
    await standing(server, { do: 'pause' }, ({ playing }) => !playing);
    using client = new Client(server);
    await client.subscribed({ kinds: ['state'] });
    await standing(server, { do: 'seek', atMs: 30_000 }, ({ seeking, atMs }) => seeking === null && atMs === 30_000);
    await client.until(() => client.all('snapshot').length >= 2);
    const [, hello] = client.all('hello');
    expect(hello?.status.replay).toMatchObject({ turn: 2, atMs: 30_000, playing: false });
    const snapshot = client.all('snapshot').at(-1);
    const recent = snapshot?.recent ?? [];
    expect(recent.length).toBeGreaterThan(0);
    expect(new Set(recent.map(({ kind }) => kind))).toEqual(new Set(['state']));
    expect(recent.at(-1)?.seq).toBeLessThanOrEqual(snapshot?.seq ?? 0);
    // What happens next follows on.
    await steer(server, { do: 'step', to: 'next-event' });
    await client.until(() => client.messages.some((message) => message.type === 'status' && (message.status.replay?.atMs ?? 0) > 30_000));
    for (const seq of client.seqs) expect(seq).toBeGreaterThan(snapshot?.seq ?? 0);
  });

  it('refuses what it does not understand, and stays where it is', async () => {
    await using stack = new AsyncDisposableStack();
    const { server } = await replayed(stack);
    const before = await standing(server, { do: 'pause' }, ({ playing }) => !playing);
    const wishes = [
      {},
      { do: 'rewind' },
      { do: 'seek', atMs: -1 },
      { do: 'seek' },
      { do: 'speed', speed: 0 },
      { do: 'speed', speed: 'fast' },
      { do: 'step', to: 'nowhere' },
      { do: 'play', now: true },
    ];
    for (const wish of wishes) {
      const answer = await steer(server, wish);
      const { code, expected } = Problem.parse(await answer.json());
      expect([wish, answer.status, code, expected]).toEqual([wish, 400, 'REQUEST_INVALID', expect.stringMatching(/./)]);
    }
    const { state } = ReplayView.parse((await ask(server, '/api/v1/replay')).json());
    expect([state.atMs, state.turn]).toEqual([before.atMs, before.turn]);
  });

  it('is steered by no other site’s page', async () => {
    await using stack = new AsyncDisposableStack();
    const { server } = await replayed(stack);
    expect((await steer(server, { do: 'pause' }, { origin: 'https://elsewhere.example' })).status).toBe(403);
  });

  it.each([
    ['breaks off', (path: string) => truncate(path, 9000), null],
    ['is damaged', (path: string) => flip(path, 9000), expect.objectContaining({ code: 'CAPTURE_DAMAGED' })],
  ])('that %s stays served as far as it can be read, and can be steered back', async (_, spoil, fault) => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(new Folder());
    const { inputs } = await readGolden('accept-queue-full');
    await writeCapture(folder.file('a.capture'), inputs);
    await spoil(folder.file('a.capture'));
    const faults: unknown[] = [];
    const { server } = await replayed(stack, folder.file('a.capture'), (end) => faults.push(end));
    const end = await standing(server, { do: 'seek', atMs: 1e9 }, ({ ended }) => ended);
    expect((await ask(server, '/api/v1/status')).json()).toMatchObject({ phase: 'ended' });
    expect(faults).toEqual([fault]);
    const back = await standing(server, { do: 'seek', atMs: 100 }, ({ seeking }) => seeking === null);
    expect([back.atMs, back.ended, back.turn]).toEqual([100, false, end.turn + 1]);
  });
});

describe('what is no replay', () => {
  it('cannot be steered, and says so in words', async () => {
    await using served = await serve();
    for (const answer of [await fetch(`${served.server.url}/api/v1/replay`), await steer(served.server, { do: 'play' })]) {
      const { code, message, expected } = Problem.parse(await answer.json());
      expect([answer.status, code, expected]).toEqual([409, 'NOT_A_REPLAY', '`synoptic replay CAPTURE`']);
      expect(message).toContain('observed as it is now');
    }
  });
});
