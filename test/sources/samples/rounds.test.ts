import { describe, expect, it } from 'vitest';
import type { QueuesInput } from '../../../src/core/model/input.ts';
import type { NetNamespace } from '../../../src/sources/samples/netns.ts';
import { Rounds } from '../../../src/sources/samples/rounds.ts';

const S = 1e9;
const MS = 1e6;
const namespace = (netns: number): NetNamespace => ({ netns, own: netns === 1, pid: null, names: [], path: '' });
const several = (count: number): NetNamespace[] => Array.from({ length: count }, (_, at) => namespace(at + 1));

const UNREAD = { laddr: '10.0.0.1', lport: 80, raddr: '10.0.0.2', rport: 4000, state: 'ESTABLISHED', recvQ: 9, sendQ: 0 } as const;

/** Rounds played through: what each look costs, and where something waits, is told. */
class Play {
  readonly rounds = new Rounds();
  /** When each namespace was looked at, s; and when its connections were. */
  readonly looked = new Map<number, number[]>();
  readonly connections = new Map<number, number[]>();
  spentNs = 0;

  until(
    fromS: number,
    toS: number,
    namespaces: readonly NetNamespace[],
    {
      lightNs = 0.5 * MS,
      heavyNs = 0.5 * MS,
      dear = 0,
      waits = [] as readonly number[],
      stirred = [] as readonly number[],
      storm = false,
    } = {},
  ): this {
    for (let s = fromS; s < toS; s += 0.5) {
      for (const netns of stirred) this.rounds.stirred(netns, s * S, false);
      for (const visit of this.rounds.due(s * S, namespaces, storm)) {
        const { netns } = visit.namespace;
        note(this.looked, netns, s);
        if (visit.connections) note(this.connections, netns, s);
        const connectionsNs = visit.connections ? (netns === dear ? 30 * MS : heavyNs) : null;
        const tookNs = lightNs * (visit.settings ? 2 : 1) + (connectionsNs ?? 0);
        this.spentNs += tookNs;
        const waiting = waits.includes(netns) ? [{ ...UNREAD, owned: true, timer: null, info: null }] : [];
        const queues: QueuesInput = { type: 'queues', fromNs: s * S, atNs: s * S, netns, listeners: [], waiting, leftOut: 0 };
        this.rounds.took({ netns, inputs: [queues], fault: null, tookNs, connectionsNs }, visit.settings, s * S);
      }
    }
    return this;
  }

  looks(netns: number, fromS: number, toS: number, of = this.looked): number {
    return (of.get(netns) ?? []).filter((s) => s >= fromS && s < toS).length;
  }
}

function note(of: Map<number, number[]>, netns: number, s: number): void {
  of.set(netns, [...(of.get(netns) ?? []), s]);
}

describe('namespaces', () => {
  it('are looked at twice a second while something happens in them, and each five seconds while nothing does; our own each second, connections and all', () => {
    const play = new Play().until(0, 40, several(3), { stirred: [2] });
    expect(Math.abs(play.looks(1, 20, 40, play.connections) - 20)).toBeLessThanOrEqual(4);
    expect(play.looks(2, 20, 40)).toBe(40);
    expect([4, 5]).toContain(play.looks(3, 20, 40));
    expect(Math.abs(play.looks(1, 20, 40) - 20)).toBeLessThanOrEqual(4);
  });

  it('that are new are looked at closely at first', () => {
    const play = new Play().until(0, 20, several(2)).until(20, 40, several(3));
    expect(play.looks(3, 20, 29)).toBe(18);
    expect(play.looks(3, 31, 40)).toBeLessThanOrEqual(3);
  });

  it('have their connections listed each second while something happens, and with every look while something waits', () => {
    const play = new Play().until(0, 40, several(3), { stirred: [2], waits: [3] });
    expect(play.looks(2, 20, 40, play.connections)).toBe(20);
    expect(play.looks(3, 20, 40, play.connections)).toBe(40);
  });

  it('are looked at with the next turn where somebody has seen what queues may explain', () => {
    const play = new Play().until(0, 21, several(3));
    play.rounds.stirred(3, 21 * S, true);
    const [first] = play.rounds.due(21 * S, several(3));
    expect(first).toMatchObject({ namespace: { netns: 3 }, connections: true });
  });

  it('that are not known are said not to be', () => {
    const { rounds } = new Play().until(0, 1, several(2));
    expect([rounds.stirred(2, S, false), rounds.stirred(7, S, false)]).toEqual([true, false]);
  });
});

describe('the cost of looking', () => {
  /** The share of the time that looks at all of them take from 20 s on; none of them is forgotten. */
  function shareOf(namespaces: readonly NetNamespace[], toS: number, costs: Parameters<Play['until']>[3]): number {
    const play = new Play().until(0, 20, namespaces, costs);
    const beforeNs = play.spentNs;
    play.until(20, toS, namespaces, costs);
    for (const { netns } of namespaces) expect(play.looks(netns, 20, toS)).toBeGreaterThanOrEqual(1);
    return (play.spentNs - beforeNs) / ((toS - 20) * S);
  }

  it('never is more than a twenty-fifth of the time, however many namespaces there are; and none is forgotten', () => {
    const stirred = several(200).map(({ netns }) => netns);
    expect(shareOf(several(200), 60, { stirred, lightNs: MS, heavyNs: 3 * MS })).toBeLessThan(1 / 25 + 0.002);
  });

  it('is no more than a hundredth of the time in a storm, of which not everything is told; and none is forgotten', () => {
    const stirred = several(5).map(({ netns }) => netns);
    const costs = { stirred, waits: stirred, lightNs: 0.5 * MS, heavyNs: 30 * MS, storm: true };
    expect(shareOf(several(5), 120, costs)).toBeLessThan(1 / 100 + 0.002);
  });

  it('in a storm is not spent on the others alone: where the storm is, and a look is dearest, has its turns', () => {
    const stirred = several(16).map(({ netns }) => netns);
    const play = new Play().until(0, 120, several(16), { stirred, dear: 9, heavyNs: 0.3 * MS, storm: true });
    expect(play.looks(9, 20, 120, play.connections)).toBeGreaterThanOrEqual(5);
    for (const netns of stirred) expect(play.looks(netns, 20, 120)).toBeGreaterThanOrEqual(10);
  });

  it('is spent first where something waits', () => {
    const stirred = several(200).map(({ netns }) => netns);
    const play = new Play().until(0, 60, several(200), { stirred, waits: [150], lightNs: MS, heavyNs: 3 * MS });
    expect(play.looks(150, 20, 60)).toBeGreaterThan(70);
  });

  it('of a long list of connections, where nothing waits, is no more than a hundredth of the time, or one list each five seconds', () => {
    const play = new Play().until(0, 100, several(1), { stirred: [1], heavyNs: 40 * MS });
    expect(play.looks(1, 20, 100, play.connections)).toBeLessThanOrEqual(20);
    expect(play.looks(1, 20, 100, play.connections)).toBeGreaterThanOrEqual(15);
    // Its counters do not wait for that.
    expect(play.looks(1, 20, 100)).toBeGreaterThan(140);
  });
});
