import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportFormat } from '../../../src/commands/output-formats.ts';
import { report } from '../../../src/commands/report.ts';
import { axisLine, ticksOf } from '../../../src/export/report/axis.ts';
import { Bins } from '../../../src/export/report/bins.ts';
import type { Block } from '../../../src/export/report/block.ts';
import { Gathered } from '../../../src/export/report/gather.ts';
import { pageOf } from '../../../src/export/report/page.ts';
import { printHtml } from '../../../src/export/report/print-html.ts';
import { printMarkdown } from '../../../src/export/report/print-markdown.ts';
import { attemptAt, laneOf, probeEventOf } from '../../core/attempts.ts';
import { queues, Story } from '../../core/detect/stories.ts';
import { start } from '../../core/inputs.ts';
import { captureOf } from '../../lab/golden.ts';
import { Folder, headerOf, writeCapture } from '../../sinks/capture/made.ts';

async function reported(file: string, format: ReportFormat): Promise<string> {
  const stdout = new PassThrough();
  const written = text(stdout);
  expect(await report({ file, format, stdout, say: () => undefined })).toBe(0);
  stdout.end();
  return written;
}

describe('the report of a listener that turned connections away', () => {
  const file = captureOf('accept-queue-full');

  it('says what was found, on what evidence, since when, until when, and what to do', async () => {
    const page = await reported(file, 'md');
    const [finding = ''] = page.split('\n## ').filter((part) => part.startsWith('Findings'));
    expect(finding).toMatch(/^### critical: .* turns connections away: its accept queue is full, .*: 2 wait in a queue of 1\.$/m);
    expect(finding).toMatch(/^- accept-queue, confirmed; accept-queue-\d+$/m);
    expect(finding).toMatch(/^- since \d{4}-\d\d-\d\dT[\d:.]+Z \([+−].+\), told .+; (over|still open)/m);
    expect(finding).toMatch(/^- seen: .*\d/m);
    const [advice = ''] = page.split('\n## ').filter((part) => part.startsWith('Advice'));
    expect(advice).toMatch(/^- .*backlog/m);
    expect(page).toMatch(/\| 20\d\d-\d\d-\d\d [\d:.]+ \| \+.* \| finding: accept-queue/);
    expect(page).toMatch(/Retransmissions: 6, at most/);
    expect(page).toContain('None at all: resets, drops, errors reported to sockets.');
  });

  it('is the same each time', async () => {
    expect(await reported(file, 'md')).toBe(await reported(file, 'md'));
    expect(await reported(file, 'html')).toBe(await reported(file, 'html'));
  });

  it('is a page of HTML that fetches nothing, with a mark in each chart where the finding was told', async () => {
    const page = await reported(file, 'html');
    expect(page).not.toMatch(/https?:|<script|<link|<img|@import|url\(/);
    expect(page.match(/<svg /g)).toHaveLength(2);
    // Three findings in two charts: the listener’s own, what its clients meet, and that nobody serves.
    expect(page.match(/<line class="mark"/g)).toHaveLength(6);
    expect(page).toContain('<h3>critical: ');
    expect(page).toContain('<h3>warning: ');
  });
});

it('a report says what could not be seen, and when', async () => {
  using folder = new Folder();
  const story = new Story().take({ type: 'skipped', atNs: start.atNs + 2e8, total: 3 }).until(2);
  await writeCapture(folder.file('a.capture'), story.inputs);
  const page = await reported(folder.file('a.capture'), 'md');
  expect(page).toContain('- skipped: 1 gap, see below when');
  expect(page).toMatch(/\| gap: 3 records lost: the kernel skipped our program/);
});

it('a finding that is open when the capture ends is said to be', async () => {
  using folder = new Folder();
  const story = new Story();
  for (let at = 0.1; at < 4; at++) story.take(queues(at, [{ laddr: '10.0.0.1', lport: 8080, waiting: 3, backlog: 2 }])).until(at + 0.9);
  await writeCapture(folder.file('a.capture'), story.inputs);
  expect(await reported(folder.file('a.capture'), 'md')).toContain('still open when the capture ends');
});

it('a probe’s first failure is shown in its two lanes, and its worst targets come first', () => {
  const gathered = new Gathered('h', 1.7e15);
  const attempt = (target: string, alive: boolean, wallUs: number) => {
    const failure = alive ? null : ({ cause: 'silent', during: 'answer', code: null, words: 'nothing came' } as const);
    const made = attemptAt({ called: 0, connected: 1, done: 9 }, { target, wallUs, failure, answer: alive ? 'PONG' : null });
    gathered.accept(
      probeEventOf(made, laneOf({ establishedNs: 1e9 + 9e5 }), {
        standing: { health: alive ? 'healthy' : 'weak', suspect: false, misses: 0 },
      }),
    );
  };
  attempt('tcp://a:1', true, 1.7e15);
  attempt('tcp://b:2', true, 1.7e15 + 1e6);
  attempt('tcp://b:2', false, 1.7e15 + 2e6);
  attempt('tcp://b:2', false, 1.7e15 + 3e6);
  gathered.end();
  const page = printMarkdown(pageOf({ header: headerOf(start), notes: [], hooks: [], gathered }));
  expect(page).toMatch(/\| tcp:\/\/b:2 \| 3 \| 2 \| weak \|\n\| tcp:\/\/a:1 \| 1 \| 0 \| healthy \|/);
  expect(page).toContain('### tcp://b:2: its first attempt that failed, 2023-11-14T22:13:22.000000Z');
  expect(page).toMatch(/application +kernel\n/);
  expect(page).toContain('ESTABLISHED');
});

describe('text that others have chosen', () => {
  const blocks = (words: string): Block[] => [
    { kind: 'heading', level: 2, text: words },
    { kind: 'text', text: words },
    { kind: 'list', items: [words] },
    { kind: 'table', head: ['a'], rows: [[words]] },
    { kind: 'lines', lines: [words] },
    { kind: 'chart', chart: { title: words, bins: new Bins(0), marksUs: [] } },
  ];

  it('is never markup in HTML', () => {
    const page = printHtml(blocks('"><script>x</script>\' onload=y &lt;'), '</title><b>');
    expect(page).not.toMatch(/<script|<b>/);
    expect(page.match(/<\/title>/g)).toHaveLength(1);
    expect(page).toContain('&amp;lt;');
  });

  it('is never markup in Markdown, ends no fence and adds no column', () => {
    const page = printMarkdown(blocks('a | b <b> `c` ```` [d](e) *f*'));
    const outside = page.replaceAll(/(`{5,})\n[\s\S]*?\n\1/g, '');
    expect(page.match(/^`{5}$/gm)).toHaveLength(4);
    expect(outside).not.toMatch(/(?<!\\)[<`*[]/);
    expect(outside).toContain('| a \\| b ');
  });
});

it('a chart says its time: of day at both ends, and since the beginning between them', () => {
  const bins = new Bins(Date.UTC(2026, 10, 21, 7, 45, 1) * 1000);
  bins.reach(bins.fromUs + 19.9e6);
  expect(ticksOf(bins)).toEqual([
    { share: 0, words: '07:45:01Z' },
    { share: 0.25, words: '+5 s' },
    { share: 0.5, words: '+10 s' },
    { share: 0.75, words: '+15 s' },
    { share: 1, words: '07:45:21Z' },
  ]);
  const chart = { title: 'Resets', bins, marksUs: [] };
  expect(printHtml([{ kind: 'chart', chart }], '')).toContain('<span style="left:25%">+5 s</span>');
  expect(printMarkdown([{ kind: 'chart', chart }]).split('\n')[3]).toMatch(/^ 07:45:01Z +\+5 s +\+10 s +\+15 s +07:45:21Z$/);
});

it('a chart too narrow for all words leaves some out, and never runs over', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 3e11 }), (width, us) => {
      const bins = new Bins(0);
      bins.reach(us);
      const line = axisLine(ticksOf(bins), width);
      expect(line.length).toBeLessThanOrEqual(Math.max(width, '00:00:00Z'.length));
      expect(line.startsWith('00:00:00Z')).toBe(true);
    }),
  );
});

it('a chart never grows beyond 120 columns and counts everything once, however long the capture', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 3e12 }), { maxLength: 200 }), (moments) => {
      const bins = new Bins(0);
      for (const us of moments) bins.add(us);
      expect(bins.counts.length).toBeLessThanOrEqual(120);
      expect(bins.total).toBe(moments.length);
      const last = Math.max(0, ...moments);
      expect(bins.counts.length * bins.widthUs).toBeGreaterThan(moments.length === 0 ? -1 : last);
    }),
  );
});
