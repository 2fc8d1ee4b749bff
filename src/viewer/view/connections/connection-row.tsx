// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
import type { Connection } from '../../../formats/status.ts';
import { count, duration } from '../../../formats/words/amount.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { Netns, Owner, remote, StateName } from '../socket-cells.tsx';

interface Props {
  readonly of: Connection;
  readonly index: number;
  /** Time in its state, µs; null where its start was not seen. */
  readonly ageUs: number | null;
  readonly netns: boolean;
  /** TIME_WAIT is. */
  readonly inferred: boolean;
  readonly chosen: boolean;
}

export function ConnectionRow({ of, index, ageUs, netns, inferred, chosen }: Props) {
  return (
    <div
      id={`connection-${index}`}
      class="row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-testid="connection-row"
      data-index={index}
      data-state={of.state}
    >
      <span role="gridcell">
        <StateName state={of.state} />
        {inferred && of.state === 'TIME_WAIT' && <i> inferred</i>}
      </span>
      <span class="tuple" role="gridcell">
        {endpoint(visibleText(of.laddr), of.lport)}
      </span>
      <span class="tuple remote" role="gridcell">
        {remote(of)}
      </span>
      <span class="number" role="gridcell" title={ageUs === null ? 'When it entered this state was not seen' : undefined}>
        {ageUs === null ? '—' : duration(Math.max(ageUs, 1000))}
      </span>
      <span class="owner" role="gridcell">
        <Owner of={of} />
      </span>
      <span role="gridcell">{of.origin ?? '—'}</span>
      <span class="number" role="gridcell">
        {count(of.retransmits)}
      </span>
      {netns && (
        <span class="netns" role="gridcell">
          <Netns of={of} />
        </span>
      )}
    </div>
  );
}
