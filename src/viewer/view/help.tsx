import { useEffect, useRef } from 'preact/hooks';
import type { Page } from './page.ts';

const KEYS = [
  ['/', 'go to the filter'],
  ['Enter', 'apply the filter'],
  ['Space', 'pause or resume the events'],
  ['↑ ↓', 'choose a row, once the table has the focus (Tab)'],
  ['Esc', 'close details or this help'],
  ['?', 'this help'],
] as const;

const TERMS = [
  ['port=443', 'either end’s port; lport= and rport= for one end'],
  ['addr=10.0.0.0/8', 'either end’s address or network; laddr= and raddr= for one end'],
  ['state=ESTABLISHED', 'in, from or to this state'],
  ['pid=812', 'the owner’s process id'],
  ['comm=nginx', 'the owner’s name'],
  ['netns=4026531840', 'the network namespace’s inode'],
  ['kind=retransmit', 'this kind of event'],
  ['host=web-1', 'this machine, in a fleet'],
] as const;

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
      <h2>Keys</h2>
      <Pairs pairs={KEYS} />
      <h2>Filter terms</h2>
      <p>Separated by spaces; all must hold. The filter is in the page’s address: a link shares the view.</p>
      <Pairs pairs={TERMS} />
      <h2>Words</h2>
      <p>
        A <b>gap</b> is known loss on the observed machine, <b>missed</b> is what this page itself did not get. TIME_WAIT is <b>inferred</b>
        : the kernel reports no such change. Nothing is shown as complete that is not known to be.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
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
