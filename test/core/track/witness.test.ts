import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CountersInput } from '../../../src/core/model/input.ts';
import { Witness } from '../../../src/core/track/witness.ts';
import { transition } from '../lines.ts';

describe('the witness', () => {
  /** A second after the one before it, where it is not said when. */
  let second = 0;
  const look = (passiveOpens: number, estabResets = 0, atS = ++second): CountersInput => ({
    type: 'counters',
    atNs: atS * 1e9,
    netns: 1,
    timeWait: 0,
    activeOpens: 0,
    passiveOpens,
    estabResets,
    currEstab: 0,
    alive: null,
    timeWaitOverflow: 0,
  });
  const NONE = { lost: () => 0, skipped: 0, grownNs: 0 };
  const child = transition({ from: 'LISTEN', to: 'SYN_RECV', ns: 1 });

  it('tells a shortfall after two looks in a row, and never again', () => {
    const witness = new Witness();
    expect(witness.looked(look(100), NONE)).toEqual([]);
    const fromNs = second * 1e9;
    witness.saw(child, second * 1e9);
    expect(witness.looked(look(104), NONE)).toEqual([]);
    expect(witness.looked(look(104), NONE)).toEqual([{ what: 'state LISTEN→SYN_RECV', lost: 3, fromNs }]);
    for (let at = 0; at < 5; at++) expect(witness.looked(look(104), NONE)).toEqual([]);
  });

  it('tells nothing that comes between two looks', () => {
    const witness = new Witness();
    witness.looked(look(0), NONE);
    expect(witness.looked(look(1), NONE)).toEqual([]);
    witness.saw(child, second * 1e9);
    expect(witness.looked(look(1), NONE)).toEqual([]);
  });

  it('takes looks that follow each other at once for one: what is late is not lost', () => {
    const witness = new Witness();
    witness.looked(look(0, 0, 1), NONE);
    for (const at of [2, 2.2, 2.4, 2.6]) expect(witness.looked(look(3, 0, at), NONE)).toEqual([]);
    expect(witness.looked(look(3, 0, 3), NONE)).toMatchObject([{ lost: 3 }]);
  });

  it('leaves out what others have told since its first look, but not what they told before it', () => {
    const witness = new Witness();
    const told = (skipped: number) => ({ lost: () => 0, skipped, grownNs: 0 });
    witness.looked(look(0), told(50));
    witness.looked(look(3), told(50));
    expect(witness.looked(look(3), told(51))).toMatchObject([{ what: 'state LISTEN→SYN_RECV', lost: 2 }]);
  });

  it('explains each shortfall by the loss of its own transitions only', () => {
    const witness = new Witness();
    const lost = (counts: Readonly<Record<number, number>>) => ({ lost: (key: number) => counts[key] ?? 0, skipped: 0, grownNs: 0 });
    witness.looked(look(0, 0), NONE);
    const told = lost({ [2 * 16 + 1]: 1000, [10 * 16 + 3]: 1, [1 * 16 + 7]: 2, [8 * 16 + 7]: 3 });
    witness.looked(look(3, 9), told);
    expect(witness.looked(look(3, 9), told)).toMatchObject([
      { what: 'state LISTEN→SYN_RECV', lost: 2 },
      { what: 'state ESTABLISHED or CLOSE_WAIT→CLOSE', lost: 4 },
    ]);
  });

  it('says that the loss came after the look before last', () => {
    const witness = new Witness();
    for (const at of [10, 20, 30]) witness.looked(look(0, 0, at), NONE);
    witness.looked(look(1, 0, 47), NONE);
    expect(witness.looked(look(1, 0, 50), NONE)).toMatchObject([{ lost: 1, fromNs: 30e9 }]);
  });

  it('never tells more than was unseen, whatever the order of looks and records', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('seen', 'unseen', 'look'), { maxLength: 60 }), (steps) => {
        const witness = new Witness();
        witness.looked(look(0), NONE);
        let kernel = 0;
        let unseen = 0;
        let told = 0;
        const add = () => {
          for (const { lost } of witness.looked(look(kernel), NONE)) told += lost;
        };
        for (const what of steps) {
          if (what === 'look') add();
          else kernel++;
          if (what === 'seen') witness.saw(child, second * 1e9);
          if (what === 'unseen') unseen++;
          expect(told).toBeLessThanOrEqual(unseen);
        }
        add();
        add();
        expect(told).toBe(unseen);
      }),
    );
  });

  describe('whose first look comes late', () => {
    const at = (fromS: number, atS: number, passiveOpens: number): CountersInput => ({
      ...look(passiveOpens, 0, atS),
      fromNs: fromS * 1e9,
    });

    it('counts what was seen since it was taken', () => {
      const witness = new Witness();
      witness.saw(child, 0.9e9);
      for (const ns of [1.1e9, 1.2e9]) witness.saw(child, ns);
      witness.looked(look(1, 0, 1), NONE);
      witness.saw(child, 1.3e9);
      for (const atS of [2, 3]) expect(witness.looked(look(4, 0, atS), NONE)).toEqual([]);
      expect(witness.looked(look(5, 0, 4), NONE)).toEqual([]);
      expect(witness.looked(look(5, 0, 5), NONE)).toMatchObject([{ lost: 1 }]);
    });

    it('counts what was seen while it was taken: whether the kernel had counted it is not known', () => {
      const witness = new Witness();
      witness.saw(child, 1.02e9);
      witness.looked(at(1, 1.05, 7), NONE);
      for (const atS of [2, 3]) expect(witness.looked(look(8, 0, atS), NONE)).toEqual([]);
    });

    it('counts nothing that it already held, however late that comes', () => {
      const witness = new Witness();
      witness.looked(look(1, 0, 1), NONE);
      witness.saw(child, 0.9e9);
      witness.looked(look(2, 0, 2), NONE);
      expect(witness.looked(look(2, 0, 3), NONE)).toMatchObject([{ lost: 1 }]);
    });

    it('begins with the next one where too much was seen since, or nothing was', () => {
      const witness = new Witness();
      for (let seen = 0; seen < 5000; seen++) witness.saw(child, 1e9 + seen * 1e5);
      witness.looked(look(0, 0, 1), NONE);
      witness.looked(look(5000, 0, 2), NONE);
      for (const atS of [3, 4]) expect(witness.looked(look(5000, 0, atS), NONE)).toEqual([]);
      witness.restart(10e9);
      witness.looked(look(5000, 0, 9.9), NONE);
      for (const atS of [11, 12, 13]) expect(witness.looked(look(6000, 0, atS), NONE)).toEqual([]);
    });

    it('begins with the next one where others have told of a loss since', () => {
      const witness = new Witness();
      witness.looked(look(0, 0, 1), { ...NONE, skipped: 3, grownNs: 1.2e9 });
      for (const atS of [2, 3, 4]) expect(witness.looked(look(3, 0, atS), { ...NONE, skipped: 3, grownNs: 1.2e9 })).toEqual([]);
    });

    it('tells what nothing saw since it was taken, no more and no less, however late it comes', () => {
      fc.assert(
        fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.nat(40), fc.nat(40), (seen, a, b) => {
          const [taken, comes] = [Math.min(a, b, seen.length), Math.max(a, b)];
          const first = look(taken, 0, 1 + taken / 100 - 0.005);
          const witness = new Witness();
          // One transition each 10 ms; the look is taken between two of them.
          for (const [at, one] of seen.entries()) {
            if (at === comes) witness.looked(first, NONE);
            if (one) witness.saw(child, 1e9 + at * 10e6);
          }
          if (comes >= seen.length) witness.looked(first, NONE);
          witness.looked(look(seen.length, 0, 10), NONE);
          const told = witness.looked(look(seen.length, 0, 11), NONE).reduce((sum, { lost }) => sum + lost, 0);
          expect(told).toBe(seen.slice(taken).filter((one) => !one).length);
        }),
      );
    });

    it('leaves out what happened in another namespace', () => {
      const witness = new Witness();
      for (const netns of [2, null]) witness.saw({ ...child, netns }, 1.1e9);
      witness.looked(look(0, 0, 1), NONE);
      witness.looked(look(1, 0, 2), NONE);
      expect(witness.looked(look(1, 0, 3), NONE)).toMatchObject([{ lost: 1 }]);
    });
  });
});
