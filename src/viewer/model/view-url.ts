import { EVENT_KINDS, type EventKind } from '../../core/model/event.ts';

/** What a link to this page says: opening it elsewhere shows the same view. */
export interface View {
  readonly filter: string;
  /** In EVENT_KINDS' order. */
  readonly kinds: readonly EventKind[];
  /** Name of a view in view/view-list.ts; empty for the first of them. */
  readonly tab: string;
  /** What the views themselves keep in the address: `open`, `sort`, `by`. An empty value takes one away. */
  readonly params: Readonly<Record<string, string>>;
}

/** Parameters with a meaning of their own. */
const OWN: ReadonlySet<string> = new Set(['filter', 'kinds', 'tab', 'token']);

/** Reads the view from the page's address; kinds that are not understood count as not said. */
export function viewOf(href: string): View {
  const query = new URL(href).searchParams;
  const asked = query.get('kinds')?.split(',');
  return {
    filter: (query.get('filter') ?? '').trim(),
    kinds: asked === undefined ? EVENT_KINDS : EVENT_KINDS.filter((kind) => asked.includes(kind)),
    tab: query.get('tab') ?? '',
    params: Object.fromEntries([...query].filter(([name]) => !OWN.has(name))),
  };
}

/** The same address with this view in it. What is as usual is left out, and parameters of others stay. */
export function withView(href: string, view: View): string {
  const url = new URL(href);
  set(url, 'filter', view.filter);
  set(url, 'kinds', view.kinds.length === EVENT_KINDS.length ? '' : view.kinds.join(',') || 'none');
  set(url, 'tab', view.tab);
  for (const [name, value] of Object.entries(view.params)) if (!OWN.has(name)) set(url, name, value);
  return url.href;
}

/** Takes an access token out of an address (`?token=` or `#token=`), so that it stays out of history, links and screenshots. */
export function splitToken(href: string): { token: string | null; href: string } {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const token = url.searchParams.get('token') ?? fragment.get('token');
  if (token === null) return { token: null, href };
  url.searchParams.delete('token');
  if (fragment.has('token')) {
    fragment.delete('token');
    url.hash = fragment.toString();
  }
  return { token: token === '' ? null : token, href: url.href };
}

function set(url: URL, name: string, value: string): void {
  if (value === '') url.searchParams.delete(name);
  else url.searchParams.set(name, value);
}
