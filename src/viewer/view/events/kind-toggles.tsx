import { EVENT_KINDS, type EventKind } from '../../../core/model/event.ts';
import { count } from '../../../formats/words/amount.ts';
import { Glyph, KIND_SHAPE } from '../glyph.tsx';
import type { Page } from '../page.ts';

/** Which kinds of event the service sends here, with how many of each there were in all. */
export function KindToggles({ page }: { page: Page }) {
  const { inForce, asked, status } = page.store;
  const kinds = asked.value?.kinds ?? inForce.value?.kinds ?? EVENT_KINDS;
  const total = status.value?.events.byKind ?? {};
  const toggled = (kind: EventKind): EventKind[] => EVENT_KINDS.filter((one) => (one === kind) !== kinds.includes(one));
  return (
    <fieldset class={kinds.length === EVENT_KINDS.length ? 'kinds all' : 'kinds'}>
      <legend class="unseen">Kinds of event shown</legend>
      {EVENT_KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          class={`kind ${kind}`}
          data-testid={`kind-${kind}`}
          aria-pressed={kinds.includes(kind)}
          disabled={inForce.value === null}
          title={`${count(total[kind] ?? 0)} since the start`}
          onClick={() => page.kinds(toggled(kind))}
        >
          <Glyph shape={KIND_SHAPE[kind]} />
          {kind}
        </button>
      ))}
    </fieldset>
  );
}
