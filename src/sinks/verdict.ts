import type { Health } from '../core/model/probe.ts';
import { type FindingEventWire, wireOf } from '../formats/event.ts';
import type { Filter } from '../formats/filter.ts';
import type { ProbeRow } from '../formats/probes.ts';
import type { Status } from '../formats/status.ts';
import type { VerdictView } from '../formats/verdict.ts';
import { many } from '../formats/words/amount.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import type { Observation } from './observation.ts';
import type { ProbeBoard } from './probe-board.ts';

/** Listed of each at most: a gate needs the answer, a person the worst. */
const LISTED = 20;
/** Targets looked through: as many as can be probed. */
const TARGETS = 10_000;
const UNWELL: readonly Health[] = ['dead', 'weak', 'jittering'];

/** What findings and probes together say of all that fits a FILTER. */
export function verdictOf(observation: Observation, board: ProbeBoard, filter: Filter): VerdictView {
  const status = observation.status();
  const findings = observation
    .findings()
    .open.filter((event) => event.severity !== 'info' && filter.matches(event, status.host))
    .sort((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical') || a.seq - b.seq);
  const unwell = board
    .list({ filter, healths: UNWELL, limit: TARGETS, after: 0 })
    .probes.sort((a, b) => UNWELL.indexOf(a.health) - UNWELL.indexOf(b.health) || a.id - b.id);
  const failing = findings.some(({ severity, confidence }) => severity === 'critical' && confidence !== 'suspected');
  const dead = unwell.some(({ health }) => health === 'dead');
  const wire = findings.slice(0, LISTED).map((event) => wireOf(event, status.host) as FindingEventWire);
  const base = { seq: observation.lastSeq(), filter: filter.text, findings: wire, probes: unwell.slice(0, LISTED) };
  if (findings.length + unwell.length > 0) {
    return { ...base, verdict: failing || dead ? 'failing' : 'doubtful', words: against(wire, unwell) };
  }
  const blind = blindness(status);
  if (blind !== null) return { ...base, verdict: 'unknown', words: blind };
  const { total } = board.list({ filter, healths: [], limit: 1, after: 0 });
  const waiting = board.list({ filter, healths: ['new'], limit: 1, after: 0 }).total;
  if (waiting > 0)
    return {
      ...base,
      verdict: 'unknown',
      words: `${many(waiting, 'fitting target')} ${waiting === 1 ? 'has' : 'have'} not been probed yet.`,
    };
  const asked = total === 0 ? 'no fitting target is probed' : `${many(total, 'fitting target')} ${total === 1 ? 'answers' : 'answer'}`;
  return { ...base, verdict: 'fine', words: `Nothing is found; ${asked}.` };
}

function against([worst]: readonly FindingEventWire[], [sickest]: readonly ProbeRow[]): string {
  if (worst !== undefined) return visibleText(worst.summary);
  return sickest === undefined ? '' : `${visibleText(sickest.target)} is ${sickest.health}: ${visibleText(sickest.last?.words ?? '')}`;
}

/** Why nothing found proves nothing; null where it does. */
function blindness({ phase, reason, observer: { share } }: Status): string | null {
  if (phase !== 'observing') return `The kernel is not observed: ${reason ?? phase}.`;
  return share > 1 ? `Only one socket in ${share} is told one by one.` : null;
}
