// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
import { useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  readonly columns: number;
  /** The row's element id while one is chosen, for screen readers. */
  readonly active: string | undefined;
  readonly head: ComponentChildren;
  readonly row: (index: number) => ComponentChildren;
  readonly box: RefObject<HTMLDivElement | null>;
  readonly onScroll?: (top: number) => void;
  /** Moves the choice by so many rows. */
  readonly onMove: (rows: number) => void;
}

/** Rows drawn above and below what is visible, so that quick scrolling shows no white; at the top, where rows flow by, the fewer the cheaper. */
const MARGIN = 6;
const MARGIN_AT_TOP = 2;

/** A table of any length of which only the visible rows exist. All rows are `rowHeight` px high. */
export function VirtualRows({ label, count, rowHeight, columns, active, head, row, box, onScroll, onMove }: Props) {
  const top = useSignal(0);
  const height = useSignal(600);
  const filler = useRef<HTMLDivElement>(null);
  const window = useRef<HTMLDivElement>(null);
  const first = Math.max(0, Math.min(Math.floor(top.value / rowHeight), count - 1) - MARGIN);
  const last = Math.min(count, Math.ceil((top.value + height.value) / rowHeight) + (top.value > 0 ? MARGIN : MARGIN_AT_TOP));

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, height]);
  // Lengths are set through the object model: a strict content security policy forbids style attributes.
  useLayoutEffect(() => void filler.current?.style.setProperty('height', `${count * rowHeight}px`), [count, rowHeight]);
  useLayoutEffect(() => void window.current?.style.setProperty('transform', `translateY(${first * rowHeight}px)`), [first, rowHeight]);

  return (
    <div
      ref={box}
      class="rows"
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns}
      aria-activedescendant={active}
      tabIndex={0}
      onScroll={(event) => {
        top.value = event.currentTarget.scrollTop;
        onScroll?.(event.currentTarget.scrollTop);
      }}
      onKeyDown={(event) => {
        const rows = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (rows === undefined) return;
        event.preventDefault();
        onMove(rows);
      }}
    >
      {head}
      <div ref={filler} class="filler" role="rowgroup">
        <div ref={window} class="window" role="presentation">
          {Array.from({ length: Math.max(0, last - first) }, (_, offset) => row(first + offset))}
        </div>
      </div>
    </div>
  );
}

/** Height of the heading, which stays at the top of the box, px; style/tables.css sets the same. */
const HEAD = 26;

/** Scrolls so that row `index` is visible, and no further. */
export function reveal(box: HTMLElement | null, index: number, rowHeight: number): void {
  if (box === null) return;
  const [above, below] = [index * rowHeight, HEAD + (index + 1) * rowHeight - box.clientHeight];
  if (box.scrollTop > above) box.scrollTop = above;
  else if (box.scrollTop < below) box.scrollTop = below;
}
