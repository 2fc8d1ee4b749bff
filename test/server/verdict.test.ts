import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../src/config/probe-target.ts';
import { VerdictView } from '../../src/formats/verdict.ts';
import { ProbeBoard } from '../../src/sinks/probe-board.ts';
import { attemptAt, probeEventOf } from '../core/attempts.ts';
import { aFinding } from '../sinks/observed.ts';
import { ask, type Served, serve } from './served.ts';

const SHOP = parseTarget('tcp://10.0.0.9:443', {});

/** One target that answered, and how it stands. */
function boarded(health: 'healthy' | 'weak' | 'dead'): ProbeBoard {
  const board = new ProbeBoard('web-1');
  board.follow([SHOP]);
  const attempt = attemptAt({ called: 1, done: 3 }, { target: SHOP.name, protocol: 'tcp', raddr: '10.0.0.9', rport: 443 });
  board.accept([{ ...probeEventOf(attempt), standing: { health, suspect: false, misses: 0 } }]);
  return board;
}

async function verdict({ server }: Served, query = '') {
  const { status, json } = await ask(server, `/api/v1/verdict${query}`);
  return { status, ...VerdictView.parse(json()) };
}

describe('/api/v1/verdict', () => {
  it('is fine where all is observed, nothing is found and what is probed answers', async () => {
    await using served = await serve({ probes: boarded('healthy') });
    expect(await verdict(served)).toMatchObject({
      status: 200,
      verdict: 'fine',
      words: 'Nothing is found; 1 fitting target answers.',
      probes: [],
    });
  });

  it('fails with the worst finding’s words where one is critical and more than suspected', async () => {
    await using served = await serve();
    served.observed.found = {
      open: [aFinding(3, { rport: 80 }, { severity: 'warning', summary: 'Less.' }), aFinding(4, { rport: 443 })],
      resolved: [],
      leftOut: {},
    };
    expect(await verdict(served)).toMatchObject({
      status: 503,
      verdict: 'failing',
      words: 'It turns connections away.',
      findings: [{ seq: 4 }, { seq: 3 }],
    });
    expect(await verdict(served, '?filter=port%3D80')).toMatchObject({
      status: 200,
      verdict: 'doubtful',
      words: 'Less.',
      filter: 'port=80',
    });
    expect(await verdict(served, '?filter=port%3D22')).toMatchObject({ status: 200, verdict: 'fine', findings: [] });
  });

  it('a critical suspicion only casts doubt, and what is only worth knowing does not', async () => {
    await using served = await serve();
    served.observed.found = { open: [aFinding(4, {}, { confidence: 'suspected' })], resolved: [], leftOut: {} };
    expect(await verdict(served)).toMatchObject({ status: 200, verdict: 'doubtful' });
    served.observed.found = { open: [aFinding(4, {}, { severity: 'info' })], resolved: [], leftOut: {} };
    expect(await verdict(served)).toMatchObject({ status: 200, verdict: 'fine', findings: [] });
  });

  it.each([
    ['dead', 503, 'failing'],
    ['weak', 200, 'doubtful'],
  ] as const)('a %s target gives %i, and names it', async (health, status, word) => {
    await using served = await serve({ probes: boarded(health) });
    const view = await verdict(served);
    expect(view).toMatchObject({ status, verdict: word, probes: [{ target: SHOP.name, health }] });
    expect(view.words).toContain(`${SHOP.name} is ${health}`);
  });

  it('does not know while the kernel is not seen, or a target has not answered yet; the gate says what that means to it', async () => {
    const board = new ProbeBoard('web-1');
    board.follow([SHOP]);
    await using served = await serve({ probes: board });
    expect(await verdict(served)).toMatchObject({ status: 200, verdict: 'unknown', words: '1 fitting target has not been probed yet.' });
    served.observed.set({ phase: 'blind', reason: 'bpftrace was killed' });
    expect(await verdict(served, '?unknown=failing')).toMatchObject({
      status: 503,
      verdict: 'unknown',
      words: 'The kernel is not observed: bpftrace was killed.',
    });
  });
});
