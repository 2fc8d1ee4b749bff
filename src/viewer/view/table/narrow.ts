import { signal } from '@preact/signals';

const query = matchMedia('(max-width: 760px)');

/** Whether the page is too narrow for columns; rows then take three lines. Same limit as in style/. */
const narrow = signal(query.matches);
query.addEventListener('change', () => {
  narrow.value = query.matches;
});

/** Height of a table row, px; style/tables.css sets the same. */
export function rowHeight(): number {
  return narrow.value ? 60 : 24;
}
