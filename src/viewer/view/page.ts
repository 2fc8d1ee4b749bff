import { computed, signal } from '@preact/signals';
import type { EventKind } from '../../core/model/event.ts';
import type { Connection } from '../../formats/status.ts';
import type { LiveStore, Now } from '../live/live-store.ts';
import { health } from '../model/health.ts';
import type { Row } from '../model/row.ts';
import type { Tab, View } from '../model/view-url.ts';
import type { Zone } from '../words/moment.ts';

/** What is being read closely. `index` is its place in the paused table, −1 once the table went on. */
export type Selection = { readonly row: Row; readonly index: number } | { readonly connection: Connection };

const ZONE_KEY = 'synoptic.zone';

/** What the reader has chosen, and what follows from it; shared by the components. */
export class Page {
  readonly store: LiveStore;
  readonly tab = signal<Tab>('events');
  readonly draft = signal('');
  readonly zone = signal<Zone>(localStorage.getItem(ZONE_KEY) === 'local' ? 'local' : 'utc');
  readonly selection = signal<Selection | null>(null);
  readonly help = signal(false);
  /** Up at each animation frame in which rows changed. */
  readonly frame = signal(0);
  /** Monotonic time in ms, four times a second: for ages and silence. */
  readonly nowMs = signal(performance.now());
  readonly health = computed(() => health(this.store.link.value, this.store.status.value, this.nowMs.value, this.zone.value));
  /** When the service last said anything; null before the first time. */
  readonly heard = signal<Now | null>(null);
  /** The moment that the page shows: now, or while nothing is heard the last moment that is known of. */
  readonly shownMs = computed(() => (this.health.value.trusted ? this.nowMs.value : (this.heard.value?.perfMs ?? this.nowMs.value)));
  /** Called when the view that the address shows has changed. */
  readonly #navigated: (view: View) => void;
  readonly #reconnect: () => void;

  constructor(store: LiveStore, navigated: (view: View) => void, reconnect: () => void) {
    this.store = store;
    this.#navigated = navigated;
    this.#reconnect = reconnect;
  }

  filter(filter: string): void {
    this.draft.value = filter;
    this.store.subscribe({ filter: filter.trim(), kinds: this.store.wanted.kinds });
  }

  kinds(kinds: readonly EventKind[]): void {
    this.store.subscribe({ filter: this.store.wanted.filter, kinds });
  }

  /** Asks for the same again, which brings a new snapshot. */
  refresh(): void {
    this.store.subscribe(this.store.wanted);
  }

  reconnect(): void {
    this.#reconnect();
  }

  show(tab: Tab): void {
    this.tab.value = tab;
    this.selection.value = null;
    this.#navigated({ ...(this.store.inForce.value ?? this.store.wanted), tab });
  }

  switchZone(): void {
    this.zone.value = this.zone.value === 'utc' ? 'local' : 'utc';
    localStorage.setItem(ZONE_KEY, this.zone.value);
  }

  /** Reading details holds the table still. */
  select(selection: Selection): void {
    if ('row' in selection) this.store.feed.pause('details');
    this.selection.value = selection;
    this.frame.value++;
  }

  closeDetails(): void {
    this.selection.value = null;
    if (this.store.feed.paused === 'details') this.resume();
  }

  togglePause(): void {
    if (this.store.feed.paused === null) {
      this.store.feed.pause('hand');
      this.frame.value++;
    } else this.resume();
  }

  resume(): void {
    this.store.feed.resume();
    this.selection.value = null;
    this.frame.value++;
  }

  clear(): void {
    this.store.feed.clear();
    this.resume();
  }
}
