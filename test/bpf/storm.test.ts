import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveSession } from '../../src/commands/live-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Event, EventKind } from '../../src/core/model/event.ts';
import { tcpStateOf } from '../../src/core/model/tcp-state.ts';
import { Bpftrace } from '../lab/bpftrace.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';

// More transitions than the budget allows, in a namespace of our own: what is told and what is only counted must be all of it together.
// The observation runs in this process, because the kernel's own counters are only in what bpftrace prints.

/** Transitions a second that may be told one by one; the storm makes more than ten times as many. */
const BUDGET = 500;
const COUNT = 1500;
const HOST = '127.0.0.1';
/** At a time: the kernel gives a freed socket's memory to the next one, and who is told is chosen by its place there. */
const WIDE = 300;

/** What one connection over loopback goes through at both its ends. */
const LIFE = [
  ...['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→FIN_WAIT1', 'FIN_WAIT1→FIN_WAIT2', 'FIN_WAIT2→CLOSE'],
  ...['LISTEN→SYN_RECV', 'SYN_RECV→ESTABLISHED', 'ESTABLISHED→CLOSE_WAIT', 'CLOSE_WAIT→LAST_ACK', 'LAST_ACK→CLOSE'],
];

const lab = new LabNamespace();
/** Counts what others do on this machine meanwhile: that is shed with ours, and the kernel's counters tell no namespace. */
const strangers = new Bpftrace(
  '-e',
  `tracepoint:sock:inet_sock_set_state /args->protocol == 6/ {
     if (((struct sock *)args->skaddr)->__sk_common.skc_net.net->ns.inum != ${lab.netns}) { @[args->oldstate * 16 + args->newstate] = count(); }
   } interval:ms:100 { print(@); printf("beat\\n"); }`,
);
const events: Event[] = [];
let printed = '';
let session: LiveSession;
let client: Actor;
let port: number;

beforeAll(async () => {
  await until('bpftrace by hand', () => strangers.stdout.includes('beat'));
  client = await lab.actor();
  const server = await lab.actor();
  port = await server.number('serve', { host: HOST });
  session = await LiveSession.open({
    config: parseConfig(`bpftrace:\n  budget: ${BUDGET}\n`, 'test', {}),
    warn: () => undefined,
    onEnd: () => undefined,
    onEvents: (more) => events.push(...more),
    onInput: (input) => {
      if (input.type === 'kernel') printed += input.text;
    },
  });
});

afterAll(async () => {
  await session?.[Symbol.asyncDispose]();
  await strangers[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const all = <K extends EventKind>(kind: K) => events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
const gaps = () => all('gap').map(({ cause, lost, shed }) => ({ cause, lost, shed }));
/** Programs that the kernel did not run; each may have been any of ours. */
const skipped = () => all('gap').reduce((so, { cause, lost }) => so + (cause === 'skipped' ? (lost ?? 0) : 0), 0);
const steps = () => all('tier').map(({ before, share }) => [before, share]);

/** How often each transition of the storm was told one by one. */
function told(): Map<string, number> {
  const counts = new Map(LIFE.map((move) => [move, 0]));
  for (const { netns, lport, rport, from, to } of all('state')) {
    const move = `${from}→${to}`;
    if (netns === lab.netns && (lport === port || rport === port)) counts.set(move, (counts.get(move) ?? 0) + 1);
  }
  return counts;
}

/** The last word of a counter, by transition, whose key is from << 4 | to. */
function counted(text: string, map: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, key, count] of text.matchAll(new RegExp(`^${map}\\[(\\d+)\\]: (\\d+)$`, 'gm')))
    counts.set(`${tcpStateOf(Number(key) >> 4)}→${tcpStateOf(Number(key) & 15)}`, Number(count));
  return counts;
}

/** How often the kernel counted each transition without telling it. */
const shed = () => counted(printed, '@state_shed');

/** And segments that mini-sockets consumed. */
const shedDrops = () =>
  new Map(Array.from(printed.matchAll(/^@drop_shed\[(\d+)\]: (\d+)$/gm), ([, reason, count]) => [reason, Number(count)]));

const sum = (counts: ReadonlyMap<unknown, number>) => [...counts.values()].reduce((so, count) => so + count, 0);

/** One socket in so many was told when this event was. */
const shareAt = (seq: number) => all('tier').findLast((step) => step.seq < seq)?.share ?? 1;

/** The lives of our own connections that began while only a share was told. */
function canaries() {
  const mine = all('state').filter(({ probe, origin }) => probe === 'canary' && origin === 'active');
  return [...Map.groupBy(mine, ({ sock }) => sock).values()].filter(([first]) => first?.to === 'SYN_SENT' && shareAt(first.seq) === 64);
}

describe('a storm beyond the budget', () => {
  it('is told in part and counted in whole: together exactly its transitions, each of the ten, and the gap says how many', async () => {
    const others = counted(strangers.stdout, '@');
    await client.does('burst', { host: HOST, port, count: COUNT, parallel: WIDE });
    const ours = (move: string) => (told().get(move) ?? 0) + (shed().get(move) ?? 0);
    await until('all of it, or word that the kernel skipped some', () => LIFE.every((move) => ours(move) >= COUNT - skipped()));
    expect(steps()[0]).toEqual([1, 64]);
    // Of the sockets that a share of 64 leaves, and of those before the step.
    expect(sum(told())).toBeLessThan((COUNT * LIFE.length) / 4);
    const beats = () => strangers.stdout.split('beat').length;
    const now = beats();
    await until('their count', () => beats() > now + 1);
    // Where nobody else is at work, and no other BPF program in the way, this is an equation.
    for (const move of LIFE) {
      expect(ours(move), move).toBeGreaterThanOrEqual(COUNT - skipped());
      expect(ours(move), move).toBeLessThanOrEqual(COUNT + (counted(strangers.stdout, '@').get(move) ?? 0) - (others.get(move) ?? 0));
    }
    const said = await until('the word of it', () => {
      const found = gaps().filter(({ cause }) => cause === 'shed');
      return found.reduce((so, gap) => so + gap.shed, 0) === sum(shed()) + sum(shedDrops()) ? found : null;
    });
    for (const gap of said) expect(gap.lost).toBe(0);
    expect(session.view.status().completeness).toMatchObject({ complete: false, shed: sum(shed()) + sum(shedDrops()), late: 0 });
  });

  it('leaves those whole that it tells: what began after the step ends where it must', () => {
    const since = all('tier')[0]?.seq ?? Number.POSITIVE_INFINITY;
    const bySock = Map.groupBy(
      all('state').filter(({ netns }) => netns === lab.netns),
      ({ sock }) => sock,
    );
    const begun = [...bySock.values()].filter(([first]) => first !== undefined && first.seq > since && /^(CLOSE|LISTEN)$/.test(first.from));
    expect(begun.length).toBeGreaterThan(0);
    const broken = begun.filter((life) => life.length !== 5 || life.at(-1)?.to !== 'CLOSE' || life.some(({ anomaly }) => anomaly !== null));
    expect(broken.length).toBeLessThanOrEqual(skipped());
    expect(broken.length).toBeLessThan(begun.length);
  });

  it('hides none of our own connections: a canary is told while one socket in 64 is', async () => {
    let enough = false;
    const busy = (async () => {
      while (!enough) await client.does('burst', { host: HOST, port, count: WIDE, parallel: WIDE });
    })();
    // One flies every ten seconds.
    const flown = await until('a whole canary', () => canaries().filter((life) => life.at(-1)?.to === 'CLOSE')[0], 15_000).finally(() => {
      enough = true;
    });
    await busy;
    expect(flown.slice(0, 2).map(({ from, to }) => `${from}→${to}`)).toEqual(LIFE.slice(0, 2));
    for (const { anomaly } of flown) expect(anomaly).toBeNull();
    expect(session.view.status().phase).toBe('observing');
  });

  it('once it is over is followed by the word that every socket is told again, and they are', async () => {
    await until('the step back', () => steps().at(-1)?.[1] === 1, 15_000);
    const passed = steps();
    // Down and up, each from where the one before led.
    expect(passed.map(([before]) => before)).toEqual([1, ...passed.slice(0, -1).map(([, share]) => share)]);
    const before = { told: sum(told()), shed: sum(shed()) };
    await client.does('burst', { host: HOST, port, count: 5, perSecond: 20 });
    await until('all of them', () => sum(told()) - before.told >= 5 * LIFE.length);
    expect(sum(told()) - before.told).toBe(5 * LIFE.length);
    expect(sum(shed())).toBe(before.shed);
    expect(steps()).toEqual(passed);
    expect(gaps().filter(({ cause }) => cause !== 'shed' && cause !== 'skipped')).toEqual([]);
  });
});
