import type { Page } from './page.ts';
import { VIEWS } from './view-list.ts';

/** Keys that work anywhere on the page, except where they mean something to the control that has the focus. */
export function keys(event: KeyboardEvent, page: Page): void {
  const { target, key } = event;
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (target instanceof HTMLInputElement && target.type !== 'range') ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return;
  if (page.help.value && key !== '?') return;
  const onControl = target instanceof HTMLButtonElement || (target instanceof HTMLElement && target.tagName === 'SUMMARY');
  const view = VIEWS[Number(key) - 1];
  if (view !== undefined) page.show(view === VIEWS[0] ? '' : view.name);
  else if (key === 'Escape') {
    if (!fold()) page.closeDetails();
  } else if (key === '?') page.help.value = !page.help.value;
  else if (key === 't') page.switchZone();
  else if (page.store.replay.value !== null && steers(event, page, onControl)) event.preventDefault();
  else if (key === ' ' && !onControl) {
    event.preventDefault();
    page.togglePause();
  }
}

/** Folds what is open in the header, and leaves the focus where it was opened; true where something was. */
function fold(): boolean {
  const open = document.querySelector<HTMLDetailsElement>('.header details[open]');
  if (open === null) return false;
  open.open = false;
  open.querySelector('summary')?.focus();
  return true;
}

/** Keys that steer a replay; true where it was one. */
function steers({ key, target }: KeyboardEvent, { steering }: Page, onControl: boolean): boolean {
  // Another slider's arrows are its own.
  const arrows = !(target instanceof HTMLInputElement) || target.dataset['scrubber'] !== undefined;
  if (key === ' ' && !onControl) steering.toggle();
  else if (key === '[') steering.step('previous-finding');
  else if (key === ']') steering.step('next-finding');
  else if (key === 'ArrowLeft' && arrows) steering.step('previous-event');
  else if (key === 'ArrowRight' && arrows) steering.step('next-event');
  else return false;
  return true;
}
