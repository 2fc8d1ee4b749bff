import { computed, signal } from '@preact/signals';
import type { EventKind } from '../../core/model/event.ts';
import { CaptureShelf } from '../live/capture-shelf.ts';
import type { Answer } from '../live/link.ts';
import type { LiveStore, Now } from '../live/live-store.ts';
import { Steering } from '../live/steering.ts';
import { health } from '../model/health.ts';
import type { Row } from '../model/row.ts';
import type { View } from '../model/view-url.ts';
import type { Zone } from '../words/moment.ts';

const ZONE_KEY = 'synoptic.zone';

/** What the page does to its surroundings. */
export interface Doings {
  /** The view that the address shows has changed. `step`: going back leads to what was before. */
  navigated(view: View, step: boolean): void;
  reconnect(): void;
  /** Answers of the service's HTTP interface; null where it does not answer as hoped. */
  fetch(path: string): Promise<unknown>;
  /** The same with what went wrong, for what is done rather than read. */
  ask(method: string, path: string, body?: object): Promise<Answer>;
  download(path: string, name: string): Promise<Answer>;
}

/** What the reader has chosen, and what follows from it; shared by the components. */
export class Page {
  readonly store: LiveStore;
  readonly tab = signal('');
  /** What views keep in the address, by name. */
  readonly params = signal<Readonly<Record<string, string>>>({});
  readonly draft = signal('');
  readonly zone = signal<Zone>(localStorage.getItem(ZONE_KEY) === 'local' ? 'local' : 'utc');
  /** The event being read, and its place in the paused table, −1 once the table went on. */
  readonly reading = signal<{ readonly row: Row; readonly index: number } | null>(null);
  readonly help = signal(false);
  /** Whether all pages of the list of connections have come. */
  readonly listed = signal(false);
  /** Up at each animation frame in which rows changed. */
  readonly frame = signal(0);
  /** Monotonic time in ms, four times a second: for ages and silence. */
  readonly nowMs = signal(performance.now());
  readonly health = computed(() => health(this.store.link.value, this.store.status.value, this.nowMs.value, this.zone.value));
  /** When the service last said anything; null before the first time. */
  readonly heard = signal<Now | null>(null);
  /** The moment that the page shows: now, or while nothing is heard the last moment that is known of. */
  readonly shownMs = computed(() => (this.health.value.trusted ? this.nowMs.value : (this.heard.value?.perfMs ?? this.nowMs.value)));
  /** What is read closely, `kind:id`, as the address has it; empty where nothing is. view/open-list.ts says who draws which kind. */
  readonly open = computed(() => this.params.value['open'] ?? '');
  readonly steering: Steering;
  readonly captures: CaptureShelf;
  readonly #doings: Doings;

  constructor(store: LiveStore, doings: Doings) {
    this.store = store;
    this.#doings = doings;
    this.steering = new Steering(store, doings.ask);
    this.captures = new CaptureShelf(doings.ask, doings.download);
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
    this.#doings.reconnect();
  }

  fetch(path: string): Promise<unknown> {
    return this.#doings.fetch(path);
  }

  /** The address has changed by itself. */
  came(view: View): void {
    this.tab.value = view.tab;
    this.params.value = view.params;
    this.draft.value = view.filter;
    if (this.reading.value !== null && this.open.value === '') this.closeDetails();
  }

  show(tab: string): void {
    if (this.store.feed.paused === 'details') this.store.feed.resume();
    this.reading.value = null;
    this.tab.value = tab;
    this.params.value = { ...this.params.value, open: '' };
    this.#navigate(true);
  }

  /** Sets one of a view's own parameters; empty takes it out of the address. */
  set(name: string, value: string): void {
    if ((this.params.value[name] ?? '') === value) return;
    this.params.value = { ...this.params.value, [name]: value };
    this.#navigate(false);
  }

  switchZone(): void {
    this.zone.value = this.zone.value === 'utc' ? 'local' : 'utc';
    localStorage.setItem(ZONE_KEY, this.zone.value);
  }

  /** Reading an event holds the table still. */
  read(row: Row, index: number): void {
    this.store.feed.pause('details');
    this.reading.value = { row, index };
    this.set('open', row.kind === 'missed' ? `missed:${row.at}` : `event:${row.seq}`);
    this.frame.value++;
  }

  closeDetails(): void {
    this.reading.value = null;
    this.set('open', '');
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
    if (this.reading.value !== null) {
      this.reading.value = null;
      this.set('open', '');
    }
    this.frame.value++;
  }

  clear(): void {
    this.store.feed.clear();
    this.resume();
  }

  #navigate(step: boolean): void {
    const { filter, kinds } = this.store.inForce.peek() ?? this.store.wanted;
    this.#doings.navigated({ filter, kinds, tab: this.tab.peek(), params: this.params.peek() }, step);
  }
}
