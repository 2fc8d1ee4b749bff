import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/core/detect/engine.ts';
import type { FindingEvent } from '../../../src/core/model/event.ts';
import type { Input } from '../../../src/core/model/input.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/core/model/thresholds.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { SocketTable } from '../../../src/core/track/sockets.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { allInputs, type Golden, goldens, readGolden, replay } from '../../lab/golden.ts';
import { hostOf } from '../../lab/seen.ts';
import { transition } from '../lines.ts';

// Every scenario of the lab, replayed: what this detector finds in it, when, and that it finds nothing in all others.

const NAMES = goldens();
/** How much later than the kernel facts allow, ms: the bound of the issue. */
const GRACE_MS = 1000;

/** The recording, and then half a minute of nothing but time. */
function andThen({ inputs }: Golden): Input[] {
  const last = inputs.findLast((input) => input.type === 'tick');
  if (last === undefined) throw new Error('a recording has ticks');
  const fromNs = Math.max(...inputs.map(({ atNs }) => atNs));
  const more = Array.from({ length: 120 }, (_, nth): Input => {
    const atNs = fromNs + (nth + 1) * 250e6;
    return { type: 'tick', atNs, wallUs: last.wallUs + (atNs - last.atNs) / 1000 };
  });
  return [...inputs, ...more];
}

const ours = (event: { readonly kind: string }): event is FindingEvent =>
  event.kind === 'finding' && (event as FindingEvent).detector === 'sequence-anomaly';

/** What is found where only one host of the scenario is observed: the events of the others are kept from the detector. */
function seenAt(host: string, { inputs, truth }: Golden): FindingEvent[] {
  const [start] = inputs;
  if (start?.type !== 'start') throw new Error('a recording begins with a start');
  const pipeline = new Pipeline(start, { maxSockets: 10_000 });
  // A table of its own: the pipeline's is ahead of each event by all that came in one piece with it.
  const sockets = new SocketTable(10_000);
  const found: FindingEvent[] = [];
  let seq = 0;
  const engine = new Engine({
    world: { start, sockets, timeWait: pipeline.timeWait },
    owners: pipeline.owners,
    names: pipeline.names,
    thresholds: DEFAULT_THRESHOLDS,
    stamp: (ns) => ({ seq: ++seq, ns, wallUs: pipeline.wallUs(ns) }),
    wallUs: (ns) => pipeline.wallUs(ns),
    emit: (event) => found.push(event),
  });
  for (const input of inputs) {
    for (const event of pipeline.accept(input)) {
      if (event.kind === 'state') {
        const { from, to, ns, sock, netns, laddr, lport, raddr, rport } = event;
        sockets.transition(transition({ from, to, ns, skaddr: sock ?? 0, netns, laddr, lport, raddr, rport }), ns);
      }
      if (event.kind !== 'finding' && (!('rport' in event) || hostOf(truth, event) === host)) engine.event(event);
    }
    if (input.type === 'tick') engine.tick(pipeline.nowNs);
  }
  return found.filter(ours);
}

describe('sequence-anomaly over the lab', () => {
  it.each(NAMES)('%s: finds what is there in time, says it once, and nothing where nothing is', async (name) => {
    const golden = await readGolden(name);
    const { symptom, due, hosts } = golden.truth;
    const found = replay(andThen(golden)).filter(ours);
    if (symptom !== 'sequence-anomaly' || due === null) {
      expect(found.map(({ summary }) => summary)).toEqual([]);
      return;
    }
    const delayMs = (event: FindingEvent | undefined) => ((event?.ns ?? Number.POSITIVE_INFINITY) - due.causeNs) / 1e6;
    const [open, ...rest] = found;
    expect(open?.phase).toBe('open');
    expect(delayMs(open)).toBeGreaterThan(0);
    expect(delayMs(open)).toBeLessThanOrEqual((due.suspectedMs ?? 0) + GRACE_MS);
    expect(rest.map(({ id }) => id)).toEqual(rest.map(() => open?.id));
    expect(rest.at(-1)?.phase).toBe('resolved');
    expect(rest.filter(({ phase }) => phase === 'resolved')).toHaveLength(1);
    const firm = found.find(({ confidence }) => confidence !== 'suspected');
    if (due.firmMs !== null) expect(delayMs(firm)).toBeLessThanOrEqual(due.firmMs + GRACE_MS);
    const addresses = Object.values(hosts).map(({ address }) => address);
    expect(addresses).toContain(open?.subject.raddr);
    expect(found.every(({ completeness }) => completeness.whole)).toBe(true);
  });

  it('names the address that moved as the peer, whichever end saw it first, and confirms nothing that did not move', async () => {
    const moving = await Promise.all(NAMES.filter((name) => /^(moved|restored)/.test(name)).map(readGolden));
    const moved = moving.filter(({ truth }) => truth.symptom !== null);
    expect(moved).toHaveLength(12);
    for (const golden of moved) {
      const found = replay(golden.inputs).filter(ours);
      expect(found.map(({ subject }) => subject.raddr)).toEqual(found.map(() => golden.truth.hosts['server']?.address));
    }
    for (const name of ['moved-unannounced', 'pool-zombies']) {
      const confidences = replay(andThen(await readGolden(name)))
        .filter(ours)
        .map(({ confidence }) => confidence);
      expect(confidences).toContain('consistent');
      expect(confidences).not.toContain('confirmed');
    }
  });
});

describe('the incident of the demo', () => {
  it('is one finding: an address that is nowhere for a moment, then elsewhere, and a pool that is reset there', async () => {
    const found = replay(await allInputs(await openCapture('src/sources/replay/demo.capture'))).filter(ours);
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    expect(found.map(({ phase, confidence }) => `${phase} ${confidence}`)).toContain('update confirmed');
    const sure = found.find(({ confidence }) => confidence === 'confirmed');
    expect(sure).toMatchObject({ severity: 'critical', subject: { type: 'peer', raddr: '10.77.0.2', socketsTotal: 12 } });
    expect(sure?.summary).toContain('consistent with an ENI migration');
  });
});

describe('one host observed alone', () => {
  /** ms from the cause until it is found at that host; null: nothing there tells it from what is harmless. */
  const AT: readonly (readonly [name: string, host: string, withinMs: number | null])[] = [
    ['moved-answering-reset', 'client', 1250],
    ['moved-answering-reset', 'new', 1250],
    ['moved-to-listener', 'client', 1250],
    ['moved-to-listener', 'new', 1250],
    // Four silent connections, and nothing else to be seen: at the fourth expiry.
    ['moved-unannounced', 'client', 4300],
    ['moved-unannounced', 'new', null],
    ['moved-after-silence', 'client', 4300],
    ['restored-receiving-behind', 'client', 2770],
    ['restored-clock-behind', 'client', 2100],
    ['restored-far-away', 'client', 1500],
    ['restored-far-behind', 'new', 1500],
    ['restored-receiving-ahead', 'client', 1500],
    ['restored-sending-ahead', 'new', 1500],
    ['restored-sending-behind', 'new', 1500],
    ['restored-stale', 'new', 1500],
    ['tuple-reused-on-remnant', 'client', 1000],
    ['tuple-reused-on-remnant', 'server', 1000],
    // A reset of a connection that was well: from one end alone it is any server's way to end one.
    ['pool-zombies', 'client', null],
  ];

  it.each(AT)('%s at %s', async (name, host, withinMs) => {
    const golden = await readGolden(name);
    const [open] = seenAt(host, golden);
    if (withinMs === null) {
      expect(open).toBeUndefined();
      return;
    }
    const causeNs = golden.truth.due?.causeNs ?? 0;
    expect(((open?.ns ?? Number.POSITIVE_INFINITY) - causeNs) / 1e6).toBeLessThanOrEqual(withinMs);
  });

  it('keeps look-alikes silent there too', async () => {
    for (const name of NAMES) {
      const golden = await readGolden(name);
      if (golden.truth.symptom === 'sequence-anomaly') continue;
      for (const host of Object.keys(golden.truth.hosts)) expect([name, host, ...seenAt(host, golden)]).toEqual([name, host]);
    }
  }, 60_000);
});
