import { SEVERITIES } from '../../core/model/finding.ts';
import { type Hook, isUnobserved } from '../../core/model/hook.ts';
import type { CaptureHeader, Note } from '../../formats/capture/header.ts';
import { rfc3339 } from '../../formats/utc.ts';
import { count, duration, many } from '../../formats/words/amount.ts';
import { inWords } from '../../formats/words/event-words.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { laneLines } from '../probe-lanes.ts';
import type { Block } from './block.ts';
import { adviceInWords, findingBlocks } from './finding-blocks.ts';
import { CHARTED, type Gathered, type ToldFinding } from './gather.ts';

export interface PageOptions {
  readonly header: CaptureHeader;
  readonly notes: readonly Note[];
  /** Of the first bpftrace that ran; empty where none did. */
  readonly hooks: readonly Hook[];
  readonly gathered: Gathered;
}

const CHARTS: Readonly<Record<(typeof CHARTED)[number], string>> = {
  state: 'State changes',
  retransmit: 'Retransmissions',
  reset: 'Resets',
  drop: 'Drops',
  'socket-error': 'Errors reported to sockets',
};

/** Targets whose two lanes are shown: the first that failed. */
const LANES = 5;

export function titleOf({ host, title, frozen }: CaptureHeader): string {
  const reason = title ?? frozen?.reason ?? null;
  return visibleText(`Incident on ${host}${reason === null ? '' : `: ${reason}`}`);
}

/** The report of a capture, from what matters first to what one looks up. */
export function pageOf(options: PageOptions): Block[] {
  const { header, gathered } = options;
  const after = (us: number): string => `${us < gathered.fromUs ? '−' : '+'}${duration(Math.abs(us - gathered.fromUs))}`;
  const findings = sorted(gathered.findings.values());
  const advice = [...new Set(findings.flatMap(({ last }) => last.advice.map(adviceInWords)))];
  return [
    { kind: 'heading', level: 1, text: titleOf(header) },
    { kind: 'text', text: spanInWords(gathered, header) },
    section('Findings'),
    ...(findings.length === 0
      ? [text('None: no detector of this Synoptic found anything in it.')]
      : findings.flatMap((one) => findingBlocks(one, after))),
    section('Advice'),
    advice.length === 0 ? text('None.') : { kind: 'list', items: advice },
    section('What could not be seen'),
    ...blindness(options),
    section('What happened when'),
    ...timeLine(gathered, after),
    section('How much happened'),
    ...charts(gathered, findings),
    ...probes(gathered),
    section('Environment'),
    ...environment(options),
  ];
}

const section = (words: string): Block => ({ kind: 'heading', level: 2, text: words });
const text = (words: string): Block => ({ kind: 'text', text: words });

function charts({ bins }: Gathered, findings: readonly ToldFinding[]): Block[] {
  const marksUs = findings.map(({ first }) => first.wallUs);
  const drawn = CHARTED.filter((kind) => bins[kind].total > 0);
  const none = CHARTED.filter((kind) => bins[kind].total === 0).map((kind) => CHARTS[kind].toLowerCase());
  return [
    ...drawn.map((kind): Block => ({ kind: 'chart', chart: { title: CHARTS[kind], bins: bins[kind], marksUs } })),
    ...(none.length === 0 ? [] : [text(`None at all: ${none.join(', ')}.`)]),
    ...(drawn.length > 0 && marksUs.length > 0 ? [text('A line across a picture is the moment at which a finding was told.')] : []),
  ];
}

function sorted(findings: Iterable<ToldFinding>): ToldFinding[] {
  return [...findings].sort(
    (a, b) => SEVERITIES.indexOf(b.last.severity) - SEVERITIES.indexOf(a.last.severity) || a.first.seq - b.first.seq,
  );
}

function spanInWords({ fromUs, toUs, events, findings }: Gathered, { host }: CaptureHeader): string {
  const span = `${rfc3339(fromUs)} to ${rfc3339(toUs)} UTC, ${duration(toUs - fromUs)}`;
  const said = `${many(events, 'event')}, ${many(findings.size, 'finding')}`;
  return `TCP on ${visibleText(host)} as its kernel told it: ${span}; ${said}. Times with a sign count from the beginning of the capture.`;
}

function blindness({ hooks, gathered: { gaps } }: PageOptions): Block[] {
  const items = [
    ...[...gaps].map(([cause, times]) => `${cause}: ${many(times, 'gap')}, see below when`),
    ...hooks.flatMap((hook) =>
      hook.lack === null ? [] : [`${hook.fact}: ${isUnobserved(hook) ? 'not observed, ' : ''}${visibleText(hook.lack)}`],
    ),
  ];
  return items.length === 0 ? [text('Nothing is known to be missing.')] : [{ kind: 'list', items }];
}

function timeLine({ lines, linesLeftOut }: Gathered, after: (us: number) => string): Block[] {
  const rows = [...lines]
    .sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .map((event) => [event.at.slice(0, 23).replace('T', ' '), after(Date.parse(event.at) * 1000), `${event.kind}: ${inWords(event)}`]);
  const more = linesLeftOut === 0 ? [] : [text(`${count(linesLeftOut)} more are left out here; synoptic export has all of them.`)];
  if (rows.length === 0) return [text('No finding, gap, changed neighbour or changed health of a probe.')];
  return [{ kind: 'table', head: ['UTC', 'since the beginning', 'what'], rows }, ...more];
}

function probes(gathered: Gathered): Block[] {
  if (gathered.probes.size === 0) return [];
  const told = [...gathered.probes].sort(([, a], [, b]) => b.failed - a.failed);
  const rows = told.map(([target, { attempts, failed, health }]) => [visibleText(target), count(attempts), count(failed), health]);
  const lanes = told.slice(0, LANES).flatMap(([target, { worst, failed }]): Block[] => [
    {
      kind: 'heading',
      level: 3,
      text: `${visibleText(target)}: its ${failed > 0 ? 'first attempt that failed' : 'slowest attempt'}, ${rfc3339(worst.wallUs)}`,
    },
    { kind: 'lines', lines: laneLines(gathered.wireOfProbe(worst)) },
  ]);
  const more =
    gathered.targetsLeftOut === 0 ? [] : [text(`${many(gathered.targetsLeftOut, 'attempt')} on further targets are left out here.`)];
  return [section('Probes'), { kind: 'table', head: ['target', 'attempts', 'failed', 'health at last'], rows }, ...more, ...lanes];
}

function environment({ header, notes }: PageOptions): Block[] {
  const { kernel, bpftrace, synoptic, run, frozen, scripts, sysctls } = header;
  const items = [
    `Linux ${kernel}, bpftrace ${bpftrace ?? 'unknown'}, Synoptic ${synoptic}, run ${run}`,
    ...(frozen === null ? [] : [`capture ${frozen.id}, frozen ${frozen.at} (${frozen.trigger})`]),
    ...Object.entries(scripts).map(([name, hash]) => `bpf/${name}.bt, SHA-256 ${hash}`),
    ...notes.map((note) => `note of ${note.at}: ${note.text}`),
  ];
  const rows = sysctls.map(({ setting, value, concern }) => [setting, value, concern].map(visibleText));
  const settings: Block[] = rows.length === 0 ? [] : [{ kind: 'table', head: ['setting', 'value', 'means'], rows }];
  return [{ kind: 'list', items: items.map(visibleText) }, ...settings];
}
