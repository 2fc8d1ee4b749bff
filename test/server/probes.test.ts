import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../src/config/probe-target.ts';
import { ProbeDetail, ProbePage } from '../../src/formats/probes.ts';
import { Problem } from '../../src/formats/problem.ts';
import { ProbeBoard } from '../../src/sinks/probe-board.ts';
import { attemptAt, probeEventOf } from '../core/attempts.ts';
import { ask, serve } from './served.ts';

const A = parseTarget('https://shop.example/health?deep=1', {});
const B = parseTarget('tcp://[2001:db8::7]:443', {});

function boarded(): ProbeBoard {
  const board = new ProbeBoard('web-1');
  board.follow([A, B]);
  board.accept([probeEventOf(attemptAt({ called: 1, done: 3 }, { target: A.name, protocol: 'http', rport: 443 }))]);
  return board;
}

describe('/api/v1/probes', () => {
  it('lists what is probed, by FILTER and by health', async () => {
    await using served = await serve({ probes: boarded() });
    const of = async (query: string) => ProbePage.parse((await ask(served.server, `/api/v1/probes${query}`)).json());
    expect((await of('')).probes.map(({ target }) => target)).toEqual([A.name, B.name]);
    expect(await of('?filter=rport%3D0443')).toMatchObject({ filter: 'rport=443', total: 1, probes: [{ target: A.name }] });
    expect((await of('?health=new,dead')).probes.map(({ target }) => target)).toEqual([B.name]);
    expect(await of('?limit=1')).toMatchObject({ total: 2, next: 1 });
  });

  it.each([
    ['?health=ill', 'health', 'one or more of new healthy jittering weak dead, separated by commas'],
    ['?limit=0', 'limit', 'a whole number from 1 to 10000'],
    ['?target=x', 'target', 'one of filter health limit after'],
  ])('refuses %s with what it expected', async (query, where, expected) => {
    await using served = await serve({ probes: boarded() });
    const answer = await ask(served.server, `/api/v1/probes${query}`);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.json())).toMatchObject({ code: 'REQUEST_INVALID', where, expected });
  });

  it('tells of one target its last attempts, whatever is in its name', async () => {
    await using served = await serve({ probes: boarded() });
    const answer = await ask(served.server, `/api/v1/probes/${encodeURIComponent(A.name)}`);
    expect(ProbeDetail.parse(answer.json())).toMatchObject({
      probe: { target: A.name, attempts: 1 },
      attempts: [{ attempt: 1, alive: true }],
    });
    const other = await ask(served.server, `/api/v1/probes/${encodeURIComponent(B.name)}`);
    expect(ProbeDetail.parse(other.json())).toMatchObject({ probe: { health: 'new', last: null }, attempts: [] });
  });

  it('says so where a target is not probed', async () => {
    await using served = await serve();
    const answer = await ask(served.server, '/api/v1/probes/tcp%3A%2F%2Fnobody%3A1');
    expect(answer.status).toBe(404);
    expect(Problem.parse(answer.json())).toMatchObject({ code: 'NOT_FOUND', expected: expect.stringContaining('/api/v1/probes') });
  });
});
