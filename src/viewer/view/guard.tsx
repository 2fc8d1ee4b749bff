import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { visibleText } from '../../formats/words/visible-text.ts';

/** Where a part of the page cannot be drawn it says so in its place, instead of standing there as it was: what is around it goes on. */
export function Guard({ what, children }: { what: string; children: ComponentChildren }) {
  const [fault, again] = useErrorBoundary((error: unknown) => console.error(error)) as [unknown, () => void];
  if (fault === undefined) return <>{children}</>;
  return (
    <div class="broken-part" role="alert" data-testid="broken-part">
      <b>{what} cannot be drawn</b>
      <span>
        This is a fault of the page, not of what is observed: Synoptic goes on, and the other views may well be right. Please report it:{' '}
        <code>{visibleText(fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault))}</code>
      </span>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}
