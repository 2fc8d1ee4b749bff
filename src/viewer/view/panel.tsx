import type { ComponentChildren } from 'preact';
import { fieldsOf } from '../words/fields.ts';
import type { Zone } from '../words/moment.ts';
import type { Page } from './page.ts';

interface Props {
  readonly page: Page;
  readonly title: ComponentChildren;
  readonly testid: string;
  /** What “Copy as JSON” copies; no button where there is nothing. */
  readonly copy?: object;
  /** `side` beside the table, `below` it over the whole width. */
  readonly place?: 'side' | 'below';
  readonly children: ComponentChildren;
}

/** The frame of whatever is read closely: a title, the way out, and what can be taken along. */
export function Panel({ page, title, testid, copy, place = 'side', children }: Props) {
  return (
    <aside class={`details ${place}`} aria-label="Details" data-testid={testid}>
      <div class="details-head">
        <h2>{title}</h2>
        {copy !== undefined && navigator.clipboard !== undefined && (
          <button type="button" onClick={() => void navigator.clipboard.writeText(JSON.stringify(copy))}>
            Copy as JSON
          </button>
        )}
        <button type="button" aria-label="Close details" aria-keyshortcuts="Escape" onClick={() => page.closeDetails()}>
          ✕
        </button>
      </div>
      {children}
    </aside>
  );
}

/** Every field by its name on the wire, so that what is read here can be searched for there. */
export function Facts({ of, zone }: { of: object; zone: Zone }) {
  return (
    <dl>
      {fieldsOf(of, zone).map(({ name, value, unit }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {unit !== '' && <i> {unit}</i>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
