import { Banner } from './banner.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Worst } from './finding/worst.tsx';
import { Guard } from './guard.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { OPENED } from './open-list.ts';
import type { Page } from './page.ts';
import { Scrubber } from './replay/scrubber.tsx';
import { StateTiles } from './state-tiles.tsx';
import { Tabs } from './tabs.tsx';
import { viewNamed } from './view-list.ts';

/** The whole page, top to bottom: may it be trusted, what is asked for, what there is and happens, what is read closely. */
export function App({ page }: { page: Page }) {
  const { name, Body, showsStates = false } = viewNamed(page.tab.value);
  return (
    <div class={page.health.value.trusted ? 'page' : 'page past'} data-view={name}>
      <Banner page={page} />
      <Header page={page} />
      <Scrubber page={page} />
      <Worst page={page} />
      <FilterBar page={page} />
      <Tabs page={page} />
      {!showsStates && <StateTiles page={page} />}
      <main class="main">
        <Guard key={page.tab.value} what="This view">
          <Body page={page} />
        </Guard>
        <Guard key={`open ${page.open.value}`} what="What is opened">
          <Open page={page} />
        </Guard>
      </main>
      <Help page={page} />
    </div>
  );
}

function Open({ page }: { page: Page }) {
  const [, kind = '', id = ''] = /^([a-z]+):(.*)$/.exec(page.open.value) ?? [];
  const Details = OPENED[kind];
  return Details === undefined ? null : <Details key={page.open.value} page={page} id={id} />;
}
