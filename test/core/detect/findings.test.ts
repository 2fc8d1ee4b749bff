import { describe, expect, it } from 'vitest';
import { Blindness } from '../../../src/core/detect/blindness.ts';
import { Findings, LIMITS } from '../../../src/core/detect/findings.ts';
import { Settings } from '../../../src/core/detect/settings.ts';
import type { Standing } from '../../../src/core/detect/standing.ts';
import type { GapEvent } from '../../../src/core/model/event.ts';
import { evidence, type Finding, subject } from '../../../src/core/model/finding.ts';

const S = 1e9;
const gap = (fromS: number, toS: number, cause: GapEvent['cause'] = 'skipped'): GapEvent => ({
  ...{ kind: 'gap', seq: 99, ns: toS * S, wallUs: 0, cause, lost: 1, shed: 0, fromNs: fromS * S, toNs: toS * S, what: null, parts: [] },
});

/** A book, all that it told, and a symptom to show it. */
function aBook() {
  const told: Finding[] = [];
  const blindness = new Blindness();
  const book = new Findings({
    detector: 'test',
    blindness,
    tell: (_ns, finding) => {
      told.push(finding(told.length + 1, (ns) => ns / 1000));
    },
  });
  const see = (seconds: number, standing: Partial<Standing> = {}, key = 'a') =>
    book.see(key, seconds * S, { severity: 'warning', confidence: 'confirmed', sinceNs: seconds * S, size: 10, ...standing }, () => ({
      subject: subject('namespace', { netns: 1 }),
      summary: `at ${seconds}`,
      evidence: [evidence('seen')],
    }));
  return { told, blindness, book, see, phases: () => told.map(({ phase }) => phase) };
}

describe('a book of findings', () => {
  it('opens one once, however often it is seen', () => {
    const { see, told, phases } = aBook();
    for (let s = 1; s < 60; s++) see(s);
    expect(phases()).toEqual(['open']);
    expect(told[0]).toMatchObject({ id: 'test-1', since: 1e6, summary: 'at 1', completeness: { whole: true } });
  });

  it('tells at once, but not more than once a second, that it is worse', () => {
    const { see, told } = aBook();
    see(1);
    see(1.2, { severity: 'critical' });
    expect(told.length).toBe(1);
    see(2, { severity: 'critical' });
    expect(told[1]).toMatchObject({ id: 'test-1', phase: 'update', severity: 'critical', since: 1e6 });
  });

  it('tells other figures only where they differ by a quarter, and every 15 s at most', () => {
    const { see, phases } = aBook();
    see(1);
    for (let s = 2; s < 16; s++) see(s, { size: s * 100 });
    expect(phases()).toEqual(['open']);
    see(17, { size: 12 });
    expect(phases()).toEqual(['open']);
    see(18, { size: 13 });
    expect(phases()).toEqual(['open', 'update']);
  });

  it('resolves one that stays away, with what cleared it, and forgives one that comes back in time', () => {
    const { see, book, told, phases } = aBook();
    see(1);
    book.clear('a', 2 * S, 'gone');
    book.tick(6 * S);
    see(6.5);
    book.clear('a', 7 * S, 'gone for good');
    book.tick(11 * S);
    expect(phases()).toEqual(['open']);
    book.tick(12 * S);
    expect(told[1]).toMatchObject({ phase: 'resolved', summary: 'gone for good', id: 'test-1' });
  });

  it('does not open the same again within ten seconds of its end, unless it is critical', () => {
    const { see, book, phases } = aBook();
    see(1);
    book.end('a', 2 * S, 'closed');
    see(11.9);
    expect(phases()).toEqual(['open', 'resolved']);
    see(11.95, { severity: 'critical' });
    expect(phases()).toEqual(['open', 'resolved', 'open']);
  });

  it('opens no more than its limit, and tells the others together: how many, the worst of them, the first as examples', () => {
    const { see, book, told, phases } = aBook();
    for (let s = 1; s < 20; s++) {
      for (let n = 0; n < LIMITS.open + 3000; n++)
        see(s, n === LIMITS.open + 7 ? { severity: 'critical', confidence: 'suspected' } : {}, `k${n}`);
    }
    expect(phases().filter((phase) => phase === 'open')).toHaveLength(LIMITS.open + 1);
    expect([book.size, book.leftOut, book.keys().length]).toEqual([LIMITS.open + 1, 3000, LIMITS.open]);
    const last = told.at(-1);
    expect(last).toMatchObject({ phase: 'update', severity: 'critical', confidence: 'suspected', subject: { type: 'sockets' } });
    expect(last?.summary).toBe(`3,000 more beside the ${LIMITS.open} that are told one by one, such as: at 1`);
    expect(last?.evidence).toHaveLength(5);
  });

  it('resolves what is told together once nobody of it is seen any more, and opens those that are by themselves when there is room', () => {
    const { see, book, told, phases } = aBook();
    for (let n = 0; n < LIMITS.open + 2; n++) see(1, {}, `k${n}`);
    book.end('k0', 2 * S, 'gone');
    see(3, {}, `k${LIMITS.open}`);
    expect(phases().slice(-2)).toEqual(['resolved', 'open']);
    book.clear(`k${LIMITS.open + 1}`, 4 * S, 'gone');
    book.tick(4 * S);
    book.tick(4.25 * S);
    expect(told.at(-1)).toMatchObject({ phase: 'resolved', summary: `No more than ${LIMITS.open} are left: each is told by itself.` });
    expect(book.size).toBe(LIMITS.open);
  });

  it('forgets what is told together a minute after it was last seen', () => {
    const { see, book, phases } = aBook();
    for (let n = 0; n < LIMITS.open + 2; n++) see(1, {}, `k${n}`);
    book.tick(60 * S);
    expect(phases()).not.toContain('resolved');
    book.tick(61 * S);
    book.tick(61.25 * S);
    expect(phases().at(-1)).toBe('resolved');
  });

  it('is one step less sure where a gap overlaps it, also one that comes later, and says so', () => {
    const { see, told, blindness } = aBook();
    blindness.gap(gap(0, 0.5));
    see(1);
    expect(told[0]).toMatchObject({ confidence: 'confirmed' });
    blindness.gap(gap(1.5, 2));
    blindness.gap(gap(1.5, 2, 'slow-reader'));
    see(3);
    expect(told[1]).toMatchObject({ phase: 'update', confidence: 'consistent', completeness: { whole: false, gaps: [99] } });
    expect(told[1]?.completeness.words).toBe('Less sure than the evidence alone: a gap in its time (skipped).');
  });

  it('is less sure while only some sockets are told', () => {
    const { see, told, blindness } = aBook();
    blindness.tier({ kind: 'tier', seq: 1, ns: 2 * S, wallUs: 0, share: 64, before: 1 });
    see(3);
    blindness.tier({ kind: 'tier', seq: 2, ns: 4 * S, wallUs: 0, share: 1, before: 64 });
    see(5, {}, 'b');
    expect(told.map(({ confidence, completeness }) => [confidence, completeness.share])).toEqual([
      ['consistent', 64],
      ['confirmed', 1],
    ]);
  });
});

describe('the ports there are', () => {
  it('are the range without what is reserved within it', () => {
    const settings = new Settings();
    expect(settings.ports(1)).toBeNull();
    const values = { 'ipv4.ip_local_port_range': '32768 60999', 'ipv4.ip_local_reserved_ports': '80,40000,50000-50009,60990-61100' };
    settings.take({ type: 'sysctls', atNs: 0, netns: 1, values });
    expect(settings.ports(1)).toEqual({ low: 32768, high: 60999, count: 28232 - 1 - 10 - 10 });
    settings.keepNamespaces(new Set([2]));
    expect(settings.ports(1)).toBeNull();
  });
});
