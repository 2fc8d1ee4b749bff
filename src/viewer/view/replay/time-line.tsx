import type { Signal } from '@preact/signals';
import type { ReplayFinding, ReplayState } from '../../../formats/replay.ts';
import { duration } from '../../../formats/words/amount.ts';
import { lengthOf, offsetWords } from '../../model/replay-position.ts';
import { fullTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';
import { findingWords, gapWords, Marks } from './marks.tsx';
import { timeAt } from './time-at.ts';

/** px: the slider's thumb, and how near to a bookmark is on it. */
const THUMB = 14;
const REACH = 6;

interface PointerOn {
  readonly currentTarget: { readonly clientWidth: number };
  readonly offsetX: number;
}

interface Props {
  readonly page: Page;
  readonly state: ReplayState;
  readonly atMs: number;
  readonly pointed: Signal<string>;
}

/** The slider over the whole capture, with what is marked above it. */
export function TimeLine({ page, state, atMs, pointed }: Props) {
  const { steering } = page;
  const length = lengthOf(state);
  const view = steering.view.value;
  /** The bookmark under the mouse. */
  const markAt = (ms: number, width: number): ReplayFinding | null => {
    const reach = (REACH / Math.max(1, width)) * length;
    const near = (view?.findings ?? []).filter((finding) => Math.abs(finding.atMs - ms) <= reach);
    return near.toSorted((a, b) => Math.abs(a.atMs - ms) - Math.abs(b.atMs - ms))[0] ?? null;
  };
  const point = ({ currentTarget: { clientWidth }, offsetX }: PointerOn): void => {
    const width = clientWidth - THUMB;
    const ms = ((offsetX - THUMB / 2) / Math.max(1, width)) * length;
    const mark = markAt(ms, width);
    const gap = view?.gaps.find(({ fromMs, toMs }) => fromMs <= ms && ms <= toMs);
    pointed.value = mark !== null ? findingWords(mark) : gap === undefined ? '' : gapWords(gap);
  };
  const jump = (ms: number): void => steering.seek(Math.min(length, Math.max(0, ms)));
  const release = (): void => {
    steering.heldMs.value = null;
  };
  const byKey: Readonly<Record<string, () => void>> = {
    Home: () => jump(0),
    End: () => jump(length),
    PageDown: () => jump(atMs - length / 10),
    PageUp: () => jump(atMs + length / 10),
  };
  return (
    <div class="replay-line">
      <Marks page={page} state={state} length={length} />
      <input
        type="range"
        aria-label="Position in the capture"
        aria-valuetext={`${fullTime(timeAt(page, state, atMs), page.zone.value)}, ${offsetWords(atMs)} of ${duration(length * 1000)}`}
        data-testid="replay-position"
        data-scrubber=""
        min="0"
        max={length}
        step="any"
        value={Math.min(atMs, length)}
        style={{ '--at': `${(Math.min(atMs, length) / length) * 100}%` }}
        onInput={({ currentTarget }) => {
          const ms = Number(currentTarget.value);
          // Beside a bookmark the bookmark is meant.
          steering.heldMs.value = markAt(ms, currentTarget.clientWidth - THUMB)?.atMs ?? ms;
          jump(steering.heldMs.value);
        }}
        onPointerMove={point}
        onPointerLeave={() => {
          pointed.value = '';
        }}
        onPointerUp={release}
        onChange={release}
        onBlur={release}
        onKeyDown={(event) => {
          const act = byKey[event.key];
          if (act === undefined) return;
          event.preventDefault();
          act();
        }}
      />
    </div>
  );
}
