import { useSignal } from '@preact/signals';
import type { FindingEventWire } from '../../../formats/event.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';

/** What to check or change, to take along. Nothing is ever changed from here. */
export function Advice({ advice, text }: { advice: FindingEventWire['advice']; text: string }) {
  const copied = useSignal(false);
  return (
    <section class="advice" aria-label="Advice">
      <h3>
        Advice{' '}
        {navigator.clipboard !== undefined && (
          <button
            type="button"
            data-testid="copy-advice"
            onClick={() => {
              void navigator.clipboard.writeText(text).then(() => {
                copied.value = true;
              });
            }}
          >
            {copied.value ? 'Copied' : 'Copy'}
          </button>
        )}
      </h3>
      <ol>
        {advice.map(({ words, setting, from, to, check }) => (
          <li key={words}>
            {visibleText(words)}
            {setting !== null && (
              <code>
                {visibleText(setting)}: {visibleText(from ?? '?')} → <b>{visibleText(to ?? '?')}</b>
              </code>
            )}
            {check !== null && <code class="check">$ {visibleText(check)}</code>}
          </li>
        ))}
      </ol>
    </section>
  );
}
