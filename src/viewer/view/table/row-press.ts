import { useRef } from 'preact/hooks';

/**
 * Handlers for a box of rows. With a mouse the press itself counts: at 5,000 events/s a row has moved on before the button is up, and
 * what was pressed is what is meant. A finger that goes down may only want to scroll, so there the click counts.
 */
export function useRowPress(choose: (index: number) => void) {
  const mouse = useRef(false);
  return {
    onPointerDown: (event: PointerEvent) => {
      mouse.current = event.pointerType === 'mouse';
      if (mouse.current && event.button === 0) choose(rowOf(event));
    },
    onClick: (event: MouseEvent) => {
      if (!mouse.current) choose(rowOf(event));
    },
  };
}

/** The index of the row under the event; −1 where there is none. */
function rowOf(event: Event): number {
  const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
  return row === null ? -1 : Number(row.getAttribute('data-index'));
}
