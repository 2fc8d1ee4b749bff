import { duration, many } from '../../../formats/words/amount.ts';
import { causeInWords, mismatchInWords, probeInWords } from '../../../formats/words/probe-words.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import type { ProbeTargetView } from '../../model/probe-list.ts';
import type { Page } from '../page.ts';
import { HealthBadge } from './health.tsx';
import { MarkStrip } from './mark-strip.tsx';

/** Drift below this is what any process has that turns an event loop, µs. */
const NOTABLE_US = 5000;

/** One target: how it stands, what its last attempt said, its last attempts over time. */
export function TargetRow({ page, view }: { page: Page; view: ProbeTargetView }) {
  const { target, health, suspect, misses, row, last, marks } = view;
  const key = `probe:${target}`;
  const newest = marks.at(-1);
  const odd = marks.findLast(({ mismatch }) => mismatch !== null);
  const took = newest === undefined ? (row?.last?.roundTripMs ?? null) : newest.tookUs / 1000;
  const drift = marks.reduce(
    (most: (typeof marks)[number] | null, mark) => ((mark.driftUs ?? 0) > (most?.driftUs ?? 0) ? mark : most),
    null,
  );
  return (
    <li>
      <button
        type="button"
        class="target"
        aria-expanded={page.open.value === key}
        data-testid="target"
        data-target={target}
        data-health={health}
        onClick={() => {
          page.set('attempt', '');
          page.set('open', page.open.value === key ? '' : key);
        }}
      >
        <HealthBadge health={health} suspect={suspect} />
        <span class="name">
          <bdi>{visibleText(target)}</bdi>
        </span>
        <span class="strip">
          <MarkStrip marks={marks} />
        </span>
        <span class="number took">{took === null ? '—' : duration(took * 1000)}</span>
        <span class="said">
          {last !== null ? probeInWords(last) : row?.last === null || row === null ? 'not probed yet' : visibleText(row.last.words)}
          {misses > 1 && <em> · {many(misses, 'miss', 'misses')} in a row</em>}
        </span>
        <span class="why">
          {odd !== undefined && odd.mismatch !== null && (
            <em>
              {mismatchInWords(odd.mismatch)} ({marks.filter(({ mismatch }) => mismatch === odd.mismatch).length} of the last{' '}
              {many(marks.length, 'attempt')})
            </em>
          )}
          {drift !== null && drift.driftUs !== null && drift.driftUs >= NOTABLE_US && (
            <span>
              {odd === undefined ? '' : ' · '}drift up to {duration(drift.driftUs)}
              {drift.driftCause !== null && `: ${causeInWords(drift.driftCause)}`}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}
