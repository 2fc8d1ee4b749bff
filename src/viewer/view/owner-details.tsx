import { type Owned, ownerLines } from '../words/owner-words.ts';
import type { Page } from './page.ts';

/** Who owns a socket and where that runs, each line a way to all that share it. */
export function OwnerDetails({ page, of }: { page: Page; of: Owned }) {
  const lines = ownerLines(of);
  if (lines.length === 0) return null;
  return (
    <section class="owner-details" aria-label="Owner" data-testid="owner-details">
      <h3>Owner</h3>
      <dl>
        {lines.map(({ name, value, filter }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}{' '}
              {filter !== null && (
                <button type="button" class="link" title={`Only ${filter}`} onClick={() => page.filter(filter)}>
                  only this
                </button>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
