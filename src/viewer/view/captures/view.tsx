import type { CaptureList } from '../../../formats/capture/summary.ts';
import { count, duration, size } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { microseconds } from '../../model/server-clock.ts';
import { shortTime } from '../../words/moment.ts';
import { shownWallMs } from '../finding/age.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { CaptureRow } from './capture-row.tsx';
import { Freeze } from './freeze.tsx';
import { NoCaptures } from './no-captures.tsx';
import { useCaptures } from './use-captures.ts';

/** What the flight recorder holds, and what was frozen of it. */
export const capturesView: ViewPart = {
  name: 'captures',
  title: 'Captures',
  count: ({ captures: { list } }) => (list.value === null || list.value.recorder === null ? null : list.value.captures.length),
  Body: Captures,
  showsStates: true,
};

function Captures({ page }: { page: Page }) {
  const list = useCaptures(page);
  const { unknown, fault } = page.captures;
  const recorder = list?.recorder ?? null;
  const captures = list?.captures ?? [];
  return (
    <div class="capture-view">
      {recorder !== null && (
        <>
          <Recorder page={page} recorder={recorder} />
          <Freeze page={page} />
        </>
      )}
      {(fault.value ?? (list === null ? null : unknown.value)) !== null && (
        <p class="torn" role="alert" data-testid="capture-fault">
          {visibleText((fault.value ?? unknown.value)?.words ?? '')}
        </p>
      )}
      {captures.length === 0 ? (
        <NoCaptures page={page} list={list} />
      ) : (
        <section aria-label="Frozen captures">
          <h2>
            Frozen <span class="number">{count(captures.length)}</span>
          </h2>
          <ul class="finding-list">
            {captures.map((capture) => (
              <CaptureRow key={capture.id} page={page} capture={capture} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Recorder({ page, recorder }: { page: Page; recorder: NonNullable<CaptureList['recorder']> }) {
  const { from, bytes, fault, folder, leftOutInputs } = recorder;
  if (fault !== null) {
    return (
      <p class="recorder torn" data-testid="recorder">
        <Glyph shape="hole" />
        <b>Nothing is recorded now:</b> {visibleText(fault)}. Observing goes on. What is frozen stays; make room at {visibleText(folder)}.
      </p>
    );
  }
  return (
    <p class="recorder" data-testid="recorder">
      <Glyph shape="dot" />
      {from === null ? (
        <>The flight recorder has just begun.</>
      ) : (
        <span>
          The flight recorder holds the last {duration(Math.max(0, shownWallMs(page) * 1000 - microseconds(from)))}, since{' '}
          <time>{shortTime(from, page.zone.value)}</time>: {size(bytes)}.
        </span>
      )}
      {leftOutInputs > 0 && <em class="torn"> {count(leftOutInputs)} inputs could not be kept.</em>}
    </p>
  );
}
