import { useComputed } from '@preact/signals';
import { Empty } from '../empty.tsx';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { Diagram } from './diagram.tsx';
import { Flows } from './flows.tsx';

/** How many sockets are in each state now, and how many go where. */
export const machineView: ViewPart = { name: 'states', title: 'States', Body: Machine, showsStates: true };

function Machine({ page }: { page: Page }) {
  const flows = useComputed(() => {
    page.store.inForce.value;
    return page.store.flows(page.shownMs.value);
  }).value;
  if (page.store.status.value === null) {
    return (
      <div class="machine">
        <Empty page={page} />
      </div>
    );
  }
  return (
    <div class="machine">
      <Diagram page={page} flows={flows} />
      <Flows page={page} flows={flows} />
    </div>
  );
}
