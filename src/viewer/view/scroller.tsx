import type { ComponentChildren } from 'preact';

/** What may be wider than the page, and is then pushed sideways, by finger or by arrow keys. */
export function Scroller({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a narrow page, which the arrow keys must reach
    <section class="scroller" tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}
