import { EVENT_KINDS } from '../../core/model/event.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { UNHEARD } from '../model/health.ts';
import { shortTime } from '../words/moment.ts';
import type { Page } from './page.ts';

/** Why there is nothing to see, and what to do about it. */
export function Empty({ page }: { page: Page }) {
  const { status, inForce, subscribedAt } = page.store;
  const { phase, trusted, text } = page.health.value;
  if (!trusted) {
    const next =
      phase === 'refused'
        ? 'Open the address that synoptic observe printed: the token is in it.'
        : 'This page connects by itself as soon as Synoptic answers.';
    return <Words title={UNHEARD[phase] ?? text}>{next}</Words>;
  }
  if (inForce.value === null || status.value === null) return <Words title="Asking for events…">They appear here as they happen.</Words>;
  if (phase === 'starting')
    return <Words title="Attaching to the kernel…">bpftrace usually needs a few seconds; events appear here as they happen.</Words>;
  if (phase === 'blind') {
    return (
      <Words title="Blind: the kernel is not seen">
        Synoptic restarts bpftrace by itself. If this stays, run synoptic doctor on that machine.
      </Words>
    );
  }
  if (phase === 'ended')
    return <Words title="The observation has ended">Start synoptic observe again; this page comes back by itself.</Words>;
  const { filter, kinds } = inForce.value;
  if (kinds.length === 0) return <Words title="All kinds are switched off">Switch one on above.</Words>;
  const since = subscribedAt.value === null ? '' : ` since ${shortTime(subscribedAt.value, page.zone.value)}`;
  if (filter !== '' || kinds.length < EVENT_KINDS.length) {
    return (
      <Words title={`Nothing has fitted${since}`}>
        {filter === '' ? 'Some kinds are switched off.' : `The filter is ${visibleText(filter)}.`} “Show all” takes it away; the kernel is
        being heard.
      </Words>
    );
  }
  return (
    <Words title={`No TCP event${since}`}>The kernel is being heard and it is quiet. Try: curl https://example.org on that machine.</Words>
  );
}

function Words({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <div class="empty" data-testid="empty">
      <b>{title}</b>
      <span>{children}</span>
    </div>
  );
}
