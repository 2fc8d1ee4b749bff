import { describe, expect, it } from 'vitest';
import { at, counters, overflowDrop, queues, Story, step, sysctls, told } from './stories.ts';

const ANY = { laddr: '0.0.0.0', lport: 8080, raddr: '0.0.0.0', rport: 0, skaddr: 0xbee };
const listens = () => told([step({ from: 'CLOSE', to: 'LISTEN', ns: at(0), ...ANY, pid: 77, comm: 'app' })]);
const of = (waiting: number, backlog = 5) => [{ laddr: '0.0.0.0', lport: 8080, waiting, backlog }];
const each = (overflows: (second: number) => number) => (ns: number) => {
  const second = (ns - at(0)) / 1e9;
  return Number.isInteger(second) ? [counters(second, { ListenOverflows: overflows(second) })] : [];
};

describe('a listener whose accept queue is full', () => {
  it('is found at once where the final ACK is dropped, by name, backlog and who does not accept', () => {
    const story = new Story().take(listens()).until(1);
    story.take(told([overflowDrop(1.1)])).until(1.25);
    const [open] = story.findings();
    expect(open).toMatchObject({
      ...{ kind: 'finding', detector: 'accept-queue', phase: 'open', severity: 'warning', confidence: 'confirmed' },
      subject: { type: 'service', laddr: '0.0.0.0', lport: 8080, pid: 77, comm: 'app' },
    });
    expect(open?.summary).toBe(
      '0.0.0.0:8080 turns connections away: its accept queue is full, because app[77] does not accept them fast enough.',
    );
    const drop = story.events.find(({ kind }) => kind === 'drop');
    expect(open?.evidence[0]?.seqs).toEqual([drop?.seq]);
    expect(open?.id).toBe(`accept-queue-${open?.seq}`);
    // A listing says that the queue is still full: now it is an outage.
    story.take(queues(2.2, of(6))).until(3);
    expect(story.findings()[1]).toMatchObject({ id: open?.id, phase: 'update', severity: 'critical' });
    expect(story.findings()[1]?.summary).toContain('6 wait in a queue of 5');
  });

  it('is found by overflows and a listing, where SYNs are refused without an event', () => {
    const story = new Story().take(listens()).until(
      2,
      each((s) => (s < 2 ? 0 : 3)),
    );
    expect(story.findings()).toEqual([]);
    story.take(queues(2.1, of(6))).until(2.5);
    expect(story.findings()).toMatchObject([{ phase: 'open', severity: 'critical', confidence: 'confirmed', subject: { lport: 8080 } }]);
    expect(story.findings()[0]?.evidence[0]).toMatchObject({ figures: { listenOverflows: 3 } });
  });

  it('is told of the namespace where no listing could name it, and weaker', () => {
    const story = new Story().take(listens()).until(6, (ns) => [...each((s) => (s < 2 ? 0 : 3))(ns), queues((ns - at(0)) / 1e9, of(0))]);
    expect(story.findings()).toMatchObject([
      { phase: 'open', severity: 'warning', confidence: 'consistent', subject: { type: 'namespace' } },
    ]);
  });

  it('is found full in two looks before anybody was refused, and not in one', () => {
    const story = new Story().take(listens()).until(1);
    story
      .take(queues(1.1, of(6)))
      .take(queues(2.1, of(0)))
      .until(3)
      .take(queues(3.1, of(6)))
      .until(4);
    expect(story.findings()).toEqual([]);
    story.take(queues(4.1, of(6))).until(5);
    expect(story.findings()).toMatchObject([{ severity: 'warning', confidence: 'consistent' }]);
  });

  it('is resolved, with what cleared it, once it has room and nothing was refused for ten seconds', () => {
    const story = new Story().take(listens()).until(1);
    story.take(told([overflowDrop(1.1)])).until(2);
    story
      .take(queues(2.2, of(6)))
      .until(5)
      .take(queues(5.1, of(0)))
      .until(20);
    const phases = story.findings().map(({ phase }) => phase);
    expect(phases.at(0)).toBe('open');
    expect(phases.at(-1)).toBe('resolved');
    expect(story.findings().at(-1)).toMatchObject({ summary: 'Nothing was refused for 10 s, and 0 of 5 places are taken.' });
    expect(phases.filter((phase) => phase !== 'update')).toEqual(['open', 'resolved']);
  });
});

describe('an outage of a listener that accepts again', () => {
  const outage = () =>
    new Story()
      .take(listens())
      .until(1)
      .take(told([overflowDrop(1.1)]))
      .until(2)
      .take(queues(2.2, of(6)))
      .until(5);
  const refusedAgain = (story: Story, second: number) => story.take(told([overflowDrop(second)])).until(second + 2);

  const findings = (story: Story) => story.findings().filter(({ detector }) => detector === 'accept-queue');

  it('stays one in its last words, whatever was refused before the listing that saw room and is told after it', () => {
    const story = refusedAgain(outage().take(queues(5.1, of(0))), 5.2).until(30);
    expect(findings(story).at(-1)).toMatchObject({ phase: 'resolved', severity: 'critical' });
    const severities = findings(story).map(({ severity }) => severity);
    expect(severities.slice(severities.indexOf('critical'))).not.toContain('warning');
  });

  it('is over once it is resolved: one burst a minute later is none', () => {
    const story = refusedAgain(
      outage()
        .take(queues(5.1, of(0)))
        .until(80),
      80.1,
    );
    expect(findings(story).at(-1)).toMatchObject({ phase: 'open', severity: 'warning' });
  });
});

describe('a SYN queue', () => {
  it('that overran before a new namespace was looked at for the first time is found: its counters began at zero', () => {
    const first = counters(1, { TCPReqQFullDoCookies: 136 }, { fresh: true });
    expect(new Story().until(1).take(first).until(2).findings()).toMatchObject([
      { phase: 'open', severity: 'info', confidence: 'confirmed' },
    ]);
    const old = counters(1, { TCPReqQFullDoCookies: 136 });
    expect(new Story().until(1).take(old).until(2).findings()).toEqual([]);
  });

  it('that drops SYNs before it is full, as without cookies, is a warning; one SYN more or less is a torn reading', () => {
    const drops = (more: number) => (ns: number) => {
      const second = (ns - at(0)) / 1e9;
      return [counters(second, second < 1 ? { ListenDrops: 5, ListenOverflows: 5 } : { ListenDrops: 5 + more, ListenOverflows: 5 })];
    };
    expect(new Story().until(3, drops(2)).findings()).toEqual([]);
    const [found] = new Story().until(3, drops(100)).findings();
    expect(found).toMatchObject({ phase: 'open', severity: 'warning', confidence: 'consistent' });
    expect(found?.summary).toBe('100 SYNs were dropped by a listener, and no counter says why: those clients wait a second and try again.');
    expect(found?.evidence[1]?.figures).toEqual({ early: 100 });
    const off = sysctls(0, { 'ipv4.tcp_syncookies': '0' });
    const [sure] = new Story().take(off).until(3, drops(100)).findings();
    expect(sure).toMatchObject({ phase: 'open', confidence: 'confirmed' });
    expect(sure?.summary).toContain('because a SYN queue was nearly full');
  });

  it('is not blamed for SYNs that a full accept queue turned away', () => {
    const story = new Story().until(3, (ns) => {
      const overflows = Math.round((ns - at(0)) / 1e8);
      return [counters((ns - at(0)) / 1e9, { ListenDrops: overflows, ListenOverflows: overflows })];
    });
    expect(story.findings().filter(({ summary }) => summary.includes('SYN queue'))).toEqual([]);
  });
});

describe('what looks like it', () => {
  it('a queue that is busy and never above its backlog says nothing', () => {
    const story = new Story().take(listens()).until(10, (ns) => [queues((ns - at(0)) / 1e9, of(5)), ...each(() => 7)(ns)]);
    expect(story.findings()).toEqual([]);
  });

  it('overflows from before the start say nothing', () => {
    expect(
      new Story()
        .take(listens())
        .until(
          10,
          each(() => 1000),
        )
        .findings(),
    ).toEqual([]);
  });

  it('cookies for a full SYN queue are worth a word and no more; SYNs dropped are a warning', () => {
    const cookies = new Story().until(3, (ns) => [counters((ns - at(0)) / 1e9, { TCPReqQFullDoCookies: Math.round((ns - at(0)) / 1e8) })]);
    expect(cookies.findings()).toMatchObject([{ severity: 'info', subject: { type: 'namespace' } }]);
    const drops = new Story().until(3, (ns) => [counters((ns - at(0)) / 1e9, { TCPReqQFullDrop: Math.round((ns - at(0)) / 1e9) })]);
    expect(drops.findings()[0]).toMatchObject({ phase: 'open', severity: 'warning' });
  });
});
