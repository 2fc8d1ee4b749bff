import { useEffect, useRef } from 'preact/hooks';
import { FILTER_TERMS } from '../../formats/filter-text.ts';
import { TERM_WORDS } from '../model/filter-completion.ts';
import type { Page } from './page.ts';

const KEYS = [
  ['/', 'go to the filter'],
  ['↓ Enter', 'in the filter: choose what is offered, apply it'],
  ['1 … 9', 'go to that view'],
  ['t', 'times in UTC or local'],
  ['Space', 'pause or resume the events; in a replay: play or pause'],
  ['↑ ↓', 'choose a row, once the table has the focus (Tab)'],
  ['← →', 'in a replay: to the event before, to the next; in a probe’s attempts: the one before, the next'],
  ['[ ]', 'in a replay: to the finding before, to the next'],
  ['Home End', 'in a replay, on its time line: to the beginning, to the end; PgUp, PgDn: a tenth'],
  ['Esc', 'fold what is open in the header, close details or this help'],
  ['?', 'this help'],
] as const;

const TERMS = FILTER_TERMS.map((name) => [`${name}=`, TERM_WORDS[name]] as const);

export function Help({ page }: { page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = page.help.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Help"
      onClose={() => {
        page.help.value = false;
      }}
    >
      <form method="dialog">
        <button type="submit" aria-label="Close help" aria-keyshortcuts="Escape">
          ✕
        </button>
      </form>
      <h2>Keys</h2>
      <Pairs pairs={KEYS} />
      <h2>Filter terms</h2>
      <p>Separated by spaces; all must hold. The filter is in the page’s address: a link shares the view.</p>
      <Pairs pairs={TERMS} />
      <h2>Words</h2>
      <p>
        A <b>gap</b> is known loss on the observed machine, <b>missed</b> is what this page itself did not get. TIME_WAIT is <b>inferred</b>
        : the kernel reports no such change, but where kprobes attach. Nothing is shown as complete that is not known to be.
      </p>
    </dialog>
  );
}

function Pairs({ pairs }: { pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl>
      {pairs.map(([term, meaning]) => (
        <div key={term}>
          <dt>
            <kbd>{term}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
