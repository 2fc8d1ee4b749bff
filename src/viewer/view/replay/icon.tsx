/** On a 12 × 12 grid, as SVG: fonts lack some of these signs. */
const PATHS = {
  play: 'M2.5 1v10l8-5z',
  pause: 'M2 1h3v10H2zM7 1h3v10H7z',
  next: 'M4 2v8l5-4z',
  previous: 'M8 2v8L3 6z',
  'next-finding': 'M1.5 1.5v9L8 6zM8.5 1.5h2v9h-2z',
  'previous-finding': 'M10.5 1.5v9L4 6zM1.5 1.5h2v9h-2z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 12 12" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
