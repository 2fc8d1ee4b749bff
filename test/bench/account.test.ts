import { describe, expect, it } from 'vitest';
import { type AccountInput, account, addsUp, notStreamed, streamedShare, sumOf, TRANSITIONS } from './account.ts';
import { Samples } from './prometheus.ts';

const NONE = { activeOpens: 0, passiveOpens: 0, open: 0 };

/** A scrape in which every transition was told so often, one of them differently. */
function scrape(count: number, change: { metric?: string; transition?: string; count?: number } = {}): Samples {
  const { metric = 'synoptic_transitions_total', transition } = change;
  const lines = TRANSITIONS.map(([from, to]) => {
    const changed = `${from}→${to}` === transition && metric === 'synoptic_transitions_total';
    return `synoptic_transitions_total{from="${from}",to="${to}"} ${changed ? change.count : count}`;
  });
  const [from = '', to = ''] = transition?.split('→') ?? [];
  if (metric !== 'synoptic_transitions_total') lines.push(`${metric}{from="${from}",to="${to}"} ${change.count}`);
  return new Samples(lines.join('\n'));
}

function input(change: Partial<AccountInput> = {}): AccountInput {
  const own = { activeOpens: 100, passiveOpens: 100, open: 0 };
  return { title: 't', before: scrape(7), after: scrape(107), connections: 100, own, others: NONE, lost: 0, ...change };
}

describe('the account', () => {
  it('adds up where every transition was told as often as there were connections', () => {
    const checked = account(input());
    expect(addsUp(checked)).toBe(true);
    expect(checked.rows).toHaveLength(10);
    expect(checked.rows[0]).toEqual({ transition: 'CLOSE→SYN_SENT', streamed: 100, shed: 0, kernel: 100, unaccounted: 0 });
  });

  it('does not where a single transition of a single connection is missing, and says which', () => {
    const checked = account(input({ after: scrape(107, { transition: 'FIN_WAIT2→CLOSE', count: 106 }) }));
    expect(addsUp(checked)).toBe(false);
    expect(checked.rows.filter(({ unaccounted }) => unaccounted !== 0)).toEqual([
      { transition: 'FIN_WAIT2→CLOSE', streamed: 99, shed: 0, kernel: 100, unaccounted: 1 },
    ]);
    expect(notStreamed(checked)).toBe(1);
    expect(streamedShare(checked)).toBeCloseTo(0.999);
  });

  it('does not where more was told than happened', () => {
    const checked = account(input({ after: scrape(107, { transition: 'LAST_ACK→CLOSE', count: 108 }) }));
    expect(addsUp(checked)).toBe(false);
    expect(checked.rows.at(-1)?.unaccounted).toBe(-1);
    expect(streamedShare(checked)).toBe(1);
  });

  it('takes what was shed as told, but not as streamed', () => {
    const lines = TRANSITIONS.map(
      ([from, to]) => `synoptic_transitions_total{from="${from}",to="${to}"} ${from === 'CLOSE_WAIT' ? 67 : 107}`,
    );
    const after = new Samples([...lines, 'synoptic_shed_transitions_total{from="CLOSE_WAIT",to="LAST_ACK"} 40'].join('\n'));
    const checked = account(input({ after }));
    expect(addsUp(checked)).toBe(true);
    expect(checked.rows.find(({ transition }) => transition === 'CLOSE_WAIT→LAST_ACK')).toMatchObject({ streamed: 60, kernel: 100 });
    expect(notStreamed(checked)).toBe(40);
  });

  it('lets others be told of within what they can have done, and demands what the kernel counted of them', () => {
    const others = { activeOpens: 2, passiveOpens: 2, open: 1 };
    const of = (transition: string, count: number) =>
      account(input({ others, after: scrape(109, { transition, count }) })).rows.find((row) => row.transition === transition)?.unaccounted;
    // One was open before and may have closed meanwhile.
    expect(of('LAST_ACK→CLOSE', 110)).toBe(0);
    expect(of('LAST_ACK→CLOSE', 111)).toBe(-1);
    expect(of('LAST_ACK→CLOSE', 107)).toBe(0);
    expect(of('LAST_ACK→CLOSE', 106)).toBe(1);
    expect(of('LISTEN→SYN_RECV', 108)).toBe(1);
    expect(of('CLOSE→SYN_SENT', 108)).toBe(1);
  });

  it('is in doubt where the kernel and the storm itself differ on how many connections there were', () => {
    const checked = account(input({ own: { activeOpens: 100, passiveOpens: 99, open: 0 } }));
    expect(addsUp(checked)).toBe(false);
    expect(checked.faults).toEqual(['the storm says 100 connections, the kernel’s PassiveOpens 99']);
  });

  it('is in doubt where more was shed than anybody says of which transitions', () => {
    const text = TRANSITIONS.map(([from, to]) => `synoptic_transitions_total{from="${from}",to="${to}"} 107`).join('\n');
    const silent = account(input({ after: new Samples(`${text}\nsynoptic_shed_records_total 5`) }));
    expect(silent.faults).toEqual(['5 were shed, and no synoptic_shed_transitions_total says of which transitions']);
    expect(addsUp(silent)).toBe(false);
  });

  it('of several rounds never lets too many in one make up for too few in another', () => {
    const few = account(input({ after: scrape(107, { transition: 'LAST_ACK→CLOSE', count: 106 }) }));
    const many = account(input({ after: scrape(107, { transition: 'LAST_ACK→CLOSE', count: 108 }) }));
    const sum = sumOf('both', [few, many]);
    expect(addsUp(sum)).toBe(false);
    expect(sum.rows.at(-1)).toMatchObject({ streamed: 200, kernel: 200, unaccounted: 2 });
  });
});
