import type { Page } from './page.ts';

/** Keys that work anywhere on the page, except where they mean something to the control that has the focus. */
export function keys(event: KeyboardEvent, page: Page): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
  const onControl =
    event.target instanceof HTMLButtonElement || (event.target instanceof HTMLElement && event.target.tagName === 'SUMMARY');
  if (event.key === 'Escape') page.closeDetails();
  else if (event.key === '?') page.help.value = !page.help.value;
  else if (event.key === ' ' && !onControl && !page.help.value) {
    event.preventDefault();
    page.togglePause();
  }
}
