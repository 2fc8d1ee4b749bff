import { useSignal } from '@preact/signals';
import type { ReplayState, Speed } from '../../../formats/replay.ts';
import { duration } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { offsetWords, positionNow } from '../../model/replay-position.ts';
import { fullTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';
import { Icon, type IconName } from './icon.tsx';
import { timeAt } from './time-at.ts';
import { TimeLine } from './time-line.tsx';

const SPEEDS: readonly Speed[] = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 'max'];
const NAMES: Readonly<Record<string, string>> = { '0.25': '¼×', '0.5': '½×', max: 'max' };

/** In a replay: where it stands in the capture, and all that steers it. Nothing elsewhere. */
export function Scrubber({ page }: { page: Page }) {
  const replay = page.store.replay.value;
  /** What the mouse points at, in words. */
  const pointed = useSignal('');
  if (replay === null || page.store.status.value === null) return null;
  const { state, perfMs } = replay;
  const { steering } = page;
  const atMs = steering.heldMs.value ?? positionNow(state, page.health.value.trusted ? page.nowMs.value - perfMs : 0);
  const { playing, ended, speed } = state;
  return (
    <section class="replay" aria-label="Replay" data-testid="replay" data-playing={playing} data-at={state.atMs} data-turn={state.turn}>
      <span class="replay-buttons">
        <Button label="Previous finding" keys="[" icon="previous-finding" act={() => steering.step('previous-finding')} />
        <Button label="Previous event" keys="ArrowLeft" icon="previous" act={() => steering.step('previous-event')} />
        <button
          type="button"
          class="replay-play"
          aria-label={playing ? 'Pause' : ended ? 'Play from the beginning' : 'Play'}
          aria-keyshortcuts="Space"
          data-testid="replay-play"
          onClick={() => steering.toggle()}
        >
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <Button label="Next event" keys="ArrowRight" icon="next" act={() => steering.step('next-event')} />
        <Button label="Next finding" keys="]" icon="next-finding" act={() => steering.step('next-finding')} />
      </span>
      <TimeLine page={page} state={state} atMs={atMs} pointed={pointed} />
      <select
        aria-label="Speed"
        data-testid="replay-speed"
        value={String(speed)}
        onChange={({ currentTarget: { value } }) => steering.speed(value === 'max' ? 'max' : Number(value))}
      >
        {(SPEEDS.includes(speed) ? SPEEDS : [speed, ...SPEEDS]).map((one) => (
          <option key={one} value={String(one)}>
            {NAMES[String(one)] ?? `${one}×`}
          </option>
        ))}
      </select>
      <p class="replay-words">
        <Place page={page} state={state} atMs={atMs} />
        <span class="scope">{pointed.value === '' ? wordsOf(state, steering.fault.value) : pointed.value}</span>
      </p>
    </section>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly keys: string;
  readonly icon: IconName;
  act(): void;
}

function Button({ label, keys, icon, act }: ButtonProps) {
  return (
    <button type="button" aria-label={label} aria-keyshortcuts={keys} title={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}

function Place({ page, state, atMs }: { page: Page; state: ReplayState; atMs: number }) {
  return (
    <span class="number" data-testid="replay-place">
      <time>{fullTime(timeAt(page, state, atMs), page.zone.value).replace(/(\.\d)\d{5}/, '$1')}</time> · <b>{offsetWords(atMs)}</b>
      {state.spanMs !== null && ` of ${duration(state.spanMs * 1000)}`}
    </span>
  );
}

function wordsOf({ seeking, ended, survey, spanMs }: ReplayState, fault: string | null): string {
  if (fault !== null) return fault;
  if (seeking?.toMs === null) return `searching for the next finding, at ${offsetWords(seeking.atMs)}`;
  if (seeking !== null) return `on its way, at ${offsetWords(seeking.atMs)}`;
  if (survey.fault !== null) return `it cannot be read beyond ${offsetWords(survey.throughMs)}: ${visibleText(survey.fault)}`;
  if (!survey.done) {
    const share = spanMs === null || spanMs === 0 ? '' : ` ${Math.min(99, Math.floor((survey.throughMs / spanMs) * 100))} %`;
    return `looking ahead for findings${share}`;
  }
  return ended ? 'the capture ends here' : '';
}
