import { effect } from '@preact/signals';
import { render } from 'preact';
import { visibleText } from '../formats/words/visible-text.ts';
import { Link } from './live/link.ts';
import { LiveStore, type Now } from './live/live-store.ts';
import { perFrame } from './live/per-frame.ts';
import { sameView, splitToken, type View, viewOf, withView } from './model/view-url.ts';
import { App } from './view/app.tsx';
import { keys } from './view/keys.ts';
import { Page } from './view/page.ts';

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
      page.heard.value = arrived;
    },
    down: (nextMs, refused) => store.down(nextMs, refused, now()),
  },
  sessionStorage.getItem(TOKEN_KEY),
);
const store = new LiveStore({
  send: (message) => link.send(message),
  changed: perFrame(() => {
    page.frame.value++;
  }),
  wanted: first,
});
const page = new Page(store, navigate, () => link.connect());
page.draft.value = first.filter;
page.tab.value = first.tab;

// What is being typed stays when the service repeats what is in force, or refuses it.
let shown = first.filter;
// What is in force is what the address shows, and a link shares; a refused filter never gets there.
effect(() => {
  const inForce = store.inForce.value;
  if (inForce === null) return;
  navigate({ ...inForce, tab: page.tab.peek() });
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
  page.tab.value = view.tab;
  page.draft.value = view.filter;
  store.subscribe(view);
});
document.addEventListener('keydown', (event) => keys(event, page));
setInterval(() => {
  page.nowMs.value = performance.now();
}, 250);

const root = document.getElementById('app');
if (root !== null) render(<App page={page} />, root);
link.connect();

function navigate(view: View): void {
  const { href: before } = window.location;
  if (!sameView(view, viewOf(before))) history.pushState(null, '', withView(before, view));
}
