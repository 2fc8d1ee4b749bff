import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GapBook } from '../../../src/core/track/gaps.ts';
import { describe as inWords, LossAccount } from '../../../src/core/track/loss.ts';
import { transition } from '../lines.ts';

const record = transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 1 });

describe('the loss account', () => {
  it('is exact for any losses at any time, each told once, and tells none that comes later', () => {
    const step = fc.constantFrom('made', 'made', 'made', 'lost', 'counted');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.infiniteStream(fc.nat(3)), (steps, delays) => {
        const account = new LossAccount();
        let kernel = 0;
        let lost = 0;
        let told = 0;
        let ns = 0;
        // What a CPU still holds may come after a print of the counters, or after several at once, but not half a second later.
        let held = 0;
        for (const what of steps) {
          if (what === 'made') {
            kernel++;
            if ((delays.next().value ?? 0) === 0) held++;
            else account.arrived(record);
          } else if (what === 'lost') {
            kernel++;
            lost++;
          } else {
            ns += ([500, 500, 0, 2000][delays.next().value ?? 0] ?? 0) * 1e6;
            for (const missing of account.settled(ns)) told += missing.lost;
            account.counted('state', record.key, kernel, ns);
            for (const missing of account.settled(ns)) told += missing.lost;
            expect(told).toBeLessThanOrEqual(lost);
            for (; held > 0; held--) account.arrived(record);
          }
        }
        for (; held > 0; held--) account.arrived(record);
        account.counted('state', record.key, kernel, ns);
        account.settled(ns + 250e6);
        told = account.lost('state');
        for (const missing of account.ended(false)) told += missing.lost;
        expect(told).toBe(lost);
        expect(account.lost('state')).toBe(lost);
        expect(account.lost('drop')).toBe(0);
        expect([account.lost('state', record.key), account.lost('state', 23)]).toEqual([lost, 0]);
        expect(account.ended(false)).toEqual([]);
      }),
    );
  });

  it('begins anew after an end: the next bpftrace counts from zero', () => {
    const account = new LossAccount();
    account.counted('drop', 3, 5, 1);
    expect(account.ended(false)).toEqual([{ stream: 'drop', key: 3, lost: 5 }]);
    account.counted('drop', 3, 2, 1);
    expect(account.settled(1e9)).toEqual([{ stream: 'drop', key: 3, lost: 2 }]);
    expect(account.settled(2e9)).toEqual([]);
  });

  it('waits for what one CPU still holds, however many readings of the counters come at once after a pause', () => {
    const account = new LossAccount();
    for (const count of [3, 5, 5]) account.counted('state', record.key, count, 1e9);
    expect(account.settled(1.25e9)).toEqual([]);
    for (let n = 0; n < 5; n++) account.arrived(record);
    expect(account.settled(1.5e9)).toEqual([]);
    account.counted('state', record.key, 7, 1.5e9);
    expect(account.settled(1.75e9)).toEqual([]);
    expect(account.settled(2e9)).toEqual([{ stream: 'state', key: record.key, lost: 2 }]);
  });

  it('does not count what came as bpftrace stopped, where we asked it to: it throws that away unread', () => {
    const account = new LossAccount();
    const came = (times: number) => {
      for (let n = 0; n < times; n++) account.arrived(record);
    };
    came(9);
    account.counted('state', record.key, 10, 1e9);
    expect(account.settled(1.5e9)).toEqual([{ stream: 'state', key: record.key, lost: 1 }]);
    came(1);
    account.counted('state', record.key, 14, 1.5e9);
    // Its last word, after all hooks are gone: what it had counted just before, of which it threw three away, and what came as it stopped.
    account.counted('state', record.key, 18, 1.6e9);
    expect(account.ended(true)).toEqual([]);
    expect(account.lost('state')).toBe(1);
  });

  it('counts it where bpftrace ended by itself', () => {
    const account = new LossAccount();
    account.arrived(record);
    account.counted('state', record.key, 4, 1);
    expect(account.ended(false)).toEqual([{ stream: 'state', key: record.key, lost: 3 }]);
  });

  it('tells what was shed by how much its counter has grown, which is no loss', () => {
    const account = new LossAccount();
    expect(account.shedding('state', 23, 0)).toBeNull();
    expect(account.shedding('state', 23, 5)).toEqual({ stream: 'state', key: 23, lost: 5 });
    expect(account.shedding('state', 23, 5)).toBeNull();
    expect(account.shedding('state', 2, 1)).toEqual({ stream: 'state', key: 2, lost: 1 });
    expect(account.shedding('drop', 23, 2)).toEqual({ stream: 'drop', key: 23, lost: 2 });
    expect(account.shedding('state', 23, 8)).toEqual({ stream: 'state', key: 23, lost: 3 });
    expect(account.lost('state')).toBe(0);
    expect(account.ended(false)).toEqual([]);
  });

  it('tells each shed record once, over any number of bpftraces, each of which counts from zero', () => {
    const run = fc.array(fc.nat(100), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
        const account = new LossAccount();
        let told = 0;
        let shed = 0;
        for (const growths of runs) {
          let counter = 0;
          for (const growth of growths) {
            counter += growth;
            told += account.shedding('reset', 3, counter)?.lost ?? 0;
          }
          shed += counter;
          account.ended(false);
        }
        expect(told).toBe(shed);
      }),
    );
  });

  it('names a lost transition', () => {
    expect(inWords({ stream: 'state', key: 1 * 16 + 7, lost: 1 })).toBe('state ESTABLISHED→CLOSE');
    expect(inWords({ stream: 'drop', key: 3, lost: 1 })).toBe('drop');
  });
});

describe('the gap book', () => {
  const missing = (lost: number) => ({ stream: 'state' as const, key: 23, lost });

  it('takes a loss that bpftrace announced and the counters found for one', () => {
    const book = new GapBook();
    book.announced(5);
    expect(book.look(1)).toEqual([]);
    book.missing(missing(5));
    expect(book.look(2)).toMatchObject([{ cause: 'buffer-full', lost: 5, what: 'state ESTABLISHED→CLOSE ×5' }]);
    for (let ns = 3; ns < 20; ns++) expect(book.look(ns)).toEqual([]);
  });

  it('tells what was announced by itself when no counter explains it in time, and at once at the end', () => {
    const book = new GapBook();
    book.announced(5);
    const looks = [1, 2, 3, 4, 5].map((ns) => book.look(ns));
    expect(looks.slice(0, 4)).toEqual([[], [], [], []]);
    expect(looks[4]).toMatchObject([{ cause: 'buffer-full', lost: 5, what: null }]);
    book.announced(2);
    expect(book.look(6, true)).toMatchObject([{ cause: 'buffer-full', lost: 2 }]);
  });

  it('says that the loss was before the counters could know: up to six looks ago', () => {
    const book = new GapBook();
    for (const ns of [0, 250, 500, 750, 1000]) book.look(ns);
    book.missing(missing(1));
    expect(book.look(1250)).toMatchObject([{ cause: 'unaccounted', fromNs: 0, toNs: 1250 }]);
    book.missing(missing(1));
    for (const ns of [2000, 3000]) book.look(ns);
    book.missing(missing(1));
    expect(book.look(4000)[0]?.fromNs).toBe(500);
  });

  it('tells all that was shed between two looks as one gap, the largest by name, and none of it as lost', () => {
    const book = new GapBook();
    book.look(100);
    const counts = { [7 * 16 + 2]: 5, [10 * 16 + 3]: 70, [2 * 16 + 1]: 3, [3 * 16 + 1]: 2, [16 + 4]: 2, [4 * 16 + 5]: 1, [5 * 16 + 7]: 1 };
    for (const [key, lost] of Object.entries(counts)) book.shed({ stream: 'state', key: Number(key), lost });
    const [gap, ...more] = book.look(350);
    expect(more).toEqual([]);
    expect(gap).toMatchObject({ cause: 'shed', lost: 0, shed: 84, fromNs: 100, toNs: 350 });
    expect(gap?.what).toMatch(/^state LISTEN→SYN_RECV ×70, state CLOSE→SYN_SENT ×5, state SYN_SENT→ESTABLISHED ×3, .* and 1 more kinds$/);
    if (gap !== undefined) book.told(gap);
    expect(book.totals).toMatchObject({ gaps: 1, lost: 0, shed: 84 });
    expect(book.look(600)).toEqual([]);
  });

  it('keeps what was shed apart from what was lost', () => {
    const book = new GapBook();
    book.missing(missing(3));
    book.shed(missing(5));
    book.announced(3);
    expect(book.look(1, true)).toMatchObject([
      { cause: 'buffer-full', lost: 3 },
      { cause: 'shed', lost: 0, shed: 5, what: 'state ESTABLISHED→CLOSE ×5' },
    ]);
  });

  it('tells a storm of faults as one gap with the first of them', () => {
    const book = new GapBook();
    for (let at = 0; at < 1000; at++) book.fault(`line ${at}`, 'bad');
    expect(book.look(1)).toMatchObject([{ cause: 'undecodable', lost: null, what: 'bad: "line 0" and 999 more' }]);
    expect(book.look(2)).toEqual([]);
    expect(book.totals).toMatchObject({ undecodable: 1000 });
  });
});
