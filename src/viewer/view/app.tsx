import { Banner } from './banner.tsx';
import { Connections } from './connections.tsx';
import { Details } from './details.tsx';
import { EventTable } from './event-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Findings } from './findings.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import type { Page } from './page.ts';
import { StateTiles } from './state-tiles.tsx';
import { Tabs } from './tabs.tsx';

/** The whole page, top to bottom: may it be trusted, what there is, what is asked for, what happens. */
export function App({ page }: { page: Page }) {
  return (
    <div class={page.health.value.trusted ? 'page' : 'page past'}>
      <Banner page={page} />
      <Header page={page} />
      <StateTiles page={page} />
      <Findings page={page} />
      <FilterBar page={page} />
      <Tabs page={page} />
      <main class="main">
        {page.tab.value === 'events' ? <EventTable page={page} /> : <Connections page={page} />}
        <Details page={page} />
      </main>
      <Help page={page} />
    </div>
  );
}
