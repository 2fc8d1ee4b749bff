// biome-ignore-all lint/a11y/useFocusableInteractive: the input keeps the focus and names the active option (aria-activedescendant)
// biome-ignore-all lint/a11y/useSemanticElements: a datalist can neither complete a part of the text nor explain its options
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { visibleText } from '../../formats/words/visible-text.ts';
import { type Completion, completionsAt, valuesOf } from '../model/filter-completion.ts';
import type { Page } from './page.ts';

const NONE: Completion = { from: 0, to: 0, options: [] };

/** The box for a FILTER. Offers terms and known values while one types; ↓ chooses, Enter or Tab takes, Esc goes back to the bare text. */
export function FilterBox({ page }: { page: Page }) {
  const box = useRef<HTMLInputElement>(null);
  const offer = useSignal<Completion>(NONE);
  const active = useSignal(-1);
  const { refusal, connections, status } = page.store;
  const { options } = offer.value;
  useFocusOnSlash(box);

  const close = (): void => {
    offer.value = NONE;
    active.value = -1;
  };
  const look = (): void => {
    const input = box.current;
    if (input === null) return;
    const caret = input.selectionStart ?? input.value.length;
    offer.value = completionsAt(input.value, caret, (name) => valuesOf(name, connections.values(), status.peek()?.host));
    active.value = -1;
  };
  const take = (index: number): void => {
    const input = box.current;
    const option = options[index];
    if (input === null || option === undefined) return;
    const { from, to } = offer.value;
    const term = option.text.endsWith('=');
    const text = `${option.text}${term || to < input.value.length ? '' : ' '}`;
    page.draft.value = `${input.value.slice(0, from)}${text}${input.value.slice(to)}`;
    input.value = page.draft.value;
    input.setSelectionRange(from + text.length, from + text.length);
    input.focus();
    if (term) look();
    else close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (options.length === 0) {
        look();
        return;
      }
      // One more place than options: the bare text.
      active.value = ((active.value + 1 + step + options.length + 1) % (options.length + 1)) - 1;
    } else if ((event.key === 'Enter' || event.key === 'Tab') && active.value >= 0) {
      event.preventDefault();
      take(active.value);
    } else if (event.key === 'Enter') close();
    else if (event.key === 'Escape') {
      if (options.length > 0) close();
      else box.current?.blur();
    }
  };

  return (
    <span class="filter-box">
      <input
        ref={box}
        id="filter"
        data-testid="filter-input"
        type="text"
        role="combobox"
        aria-expanded={options.length > 0}
        aria-controls="filter-options"
        aria-autocomplete="list"
        aria-activedescendant={active.value < 0 ? undefined : `filter-option-${active.value}`}
        value={page.draft.value}
        placeholder="port=443 addr=10.0.0.0/8 state=ESTABLISHED comm=nginx"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={refusal.value !== null}
        aria-describedby={refusal.value === null ? 'filter-state' : 'filter-error'}
        onInput={(event) => {
          page.draft.value = event.currentTarget.value;
          look();
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <span id="filter-options" class="filter-options" role="listbox" aria-label="What could stand here" hidden={options.length === 0}>
        {options.map(({ text, note }, index) => (
          <span
            key={text}
            id={`filter-option-${index}`}
            role="option"
            aria-selected={index === active.value}
            onPointerDown={(event) => {
              event.preventDefault(); // the input keeps the focus
              take(index);
            }}
          >
            <code>{visibleText(text)}</code> <small>{note}</small>
          </span>
        ))}
      </span>
    </span>
  );
}

function useFocusOnSlash(box: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      box.current?.focus();
      box.current?.select();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, [box]);
}
