import { useSignal } from '@preact/signals';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';

const MINUTE_MS = 60_000;
/** Time before now; null is all there is. */
const BEFORE: readonly (readonly [number | null, string])[] = [
  [MINUTE_MS, 'the last minute'],
  [5 * MINUTE_MS, 'the last 5 minutes'],
  [15 * MINUTE_MS, 'the last 15 minutes'],
  [null, 'all there is'],
];
/** Time after now. */
const AFTER: readonly (readonly [number, string])[] = [
  [0, 'until now'],
  [30_000, 'and the next 30 s'],
  [2 * MINUTE_MS, 'and the next 2 minutes'],
];

/** Freezes what the flight recorder holds, as much of it as is wanted. */
export function Freeze({ page }: { page: Page }) {
  const { captures: shelf } = page;
  const before = useSignal(String(5 * MINUTE_MS));
  const after = useSignal('0');
  const reason = useSignal('');
  const asking = useSignal(false);
  const freeze = async (): Promise<void> => {
    asking.value = true;
    const why = reason.value.trim();
    const beforeMs = before.value === 'null' ? null : Number(before.value);
    const id = await shelf.freeze({ reason: why === '' ? null : why, beforeMs, afterMs: Number(after.value) });
    asking.value = false;
    if (id !== null) reason.value = '';
  };
  return (
    <form
      class="freeze"
      onSubmit={(event) => {
        event.preventDefault();
        void freeze();
      }}
    >
      <button type="submit" class="freeze-now" data-testid="freeze" disabled={asking.value || !page.health.value.trusted}>
        <Glyph shape="square" /> Freeze
      </button>
      <select
        aria-label="Time before now"
        value={before.value}
        onChange={({ currentTarget }) => {
          before.value = currentTarget.value;
        }}
      >
        {BEFORE.map(([ms, words]) => (
          <option key={words} value={String(ms)}>
            {words}
          </option>
        ))}
      </select>
      <select
        aria-label="Time after now"
        value={after.value}
        onChange={({ currentTarget }) => {
          after.value = currentTarget.value;
        }}
      >
        {AFTER.map(([ms, words]) => (
          <option key={words} value={String(ms)}>
            {words}
          </option>
        ))}
      </select>
      <input
        aria-label="Reason"
        placeholder="why, in a sentence (may be left out)"
        maxLength={4000}
        value={reason.value}
        onInput={({ currentTarget }) => {
          reason.value = currentTarget.value;
        }}
      />
    </form>
  );
}
