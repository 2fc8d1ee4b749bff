import { effect } from '@preact/signals';
import { render } from 'preact';
import type { ServerMessage } from '../formats/live.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import { Link } from './live/link.ts';
import { listPages } from './live/list-pages.ts';
import { CONNECTIONS, LiveStore, type Now } from './live/live-store.ts';
import { perFrame } from './live/per-frame.ts';
import { LOOK_MS } from './model/health.ts';
import { splitToken, type View, viewOf, withView } from './model/view-url.ts';
import { App } from './view/app.tsx';
import { keys } from './view/keys.ts';
import { Page } from './view/page.ts';
import { followPosition } from './view/replay/position.ts';

// The composition root: address → store ↔ link, store → page.
const TOKEN_KEY = 'synoptic.token';
const { token, href } = splitToken(window.location.href);
if (token !== null) sessionStorage.setItem(TOKEN_KEY, token);
history.replaceState(null, '', href);
const first = viewOf(href);

const now = (): Now => ({ perfMs: performance.now(), wallMs: Date.now() });
const link = new Link(
  {
    message: (message) => {
      const arrived = now();
      store.accept(message, arrived);
      // Under what is in force now nothing may stand that it does not let through, not even for a moment.
      if (message.type === 'snapshot') {
        draw();
        list(message);
      }
      page.heard.value = arrived;
    },
    down: (nextMs, refused) => store.down(nextMs, refused, now()),
  },
  sessionStorage.getItem(TOKEN_KEY),
);
/** Rows of events that a screen shows, about; and how many had come when they were drawn last. */
const SCREENFUL = 60;
let drawn = 0;
const draw = (): void => {
  drawn = store.feed.received;
  page.frame.value++;
};
const store: LiveStore = new LiveStore({
  send: (message) => link.send(message),
  changed: perFrame(draw, () => store.feed.received - drawn > SCREENFUL),
  wanted: first,
});
let listing = new AbortController();
const page = new Page(store, {
  navigated: navigate,
  reconnect: () => link.connect(),
  fetch: (path) => link.fetch(path),
  ask: (method, path, body) => link.ask(method, path, body),
  download: (path, name) => link.download(path, name),
});
page.came(first);
followPosition(page);

// What is being typed stays when the service repeats what is in force, or refuses it.
let shown = first.filter;
// What is in force is what the address shows, and a link shares; a refused filter never gets there.
effect(() => {
  const inForce = store.inForce.value;
  if (inForce === null) return;
  navigate({ ...inForce, tab: page.tab.peek(), params: page.params.peek() }, true);
  if (inForce.filter !== shown && store.refusal.peek() === null) page.draft.value = inForce.filter;
  shown = inForce.filter;
});
effect(() => {
  const { phase } = page.health.value;
  const host = store.status.value?.host;
  document.title = `${phase === 'observing' ? '' : `${phase.toUpperCase()} · `}${host === undefined ? '' : `${visibleText(host)} · `}Synoptic`;
});
window.addEventListener('popstate', () => {
  const view = viewOf(window.location.href);
  page.came(view);
  const { filter, kinds } = store.wanted;
  if (view.filter !== filter || view.kinds.join() !== kinds.join()) store.subscribe(view);
});
document.addEventListener('keydown', (event) => keys(event, page));
setInterval(() => {
  page.nowMs.value = performance.now();
}, LOOK_MS);

const root = document.getElementById('app');
if (root !== null) {
  root.replaceChildren(); // what the page said of itself while it loaded
  render(<App page={page} />, root);
}
link.connect();

/** Gets what the snapshot only counted; another snapshot begins anew. */
function list({ filter, total, connections }: Extract<ServerMessage, { type: 'snapshot' }>): void {
  listing.abort();
  listing = new AbortController();
  const { signal } = listing;
  const after = connections.reduce((most, { sock }) => Math.max(most, sock), 0);
  const rest = total - connections.length;
  page.listed.value = rest <= 0;
  if (rest <= 0) {
    store.connections.whole(0);
    return;
  }
  const changed = (): void => {
    page.frame.value++;
  };
  void listPages({
    table: store.connections,
    filter,
    after,
    total,
    most: CONNECTIONS,
    ask: (method, path) => link.ask(method, path),
    changed,
    signal,
  }).then(() => {
    if (!signal.aborted) page.listed.value = true;
  });
}

function navigate(view: View, step: boolean): void {
  const { href: before } = window.location;
  const after = withView(before, view);
  if (after === before) return;
  if (step) history.pushState(null, '', after);
  else history.replaceState(null, '', after);
}
