import type { ProbeRow } from '../../../formats/probes.ts';
import { Glyph, type Shape } from '../glyph.tsx';

type Health = ProbeRow['health'];

const SHAPES: Readonly<Record<Health, Shape>> = { new: 'ring', healthy: 'dot', jittering: 'half', weak: 'diamond', dead: 'cross' };

export function HealthBadge({ health, suspect }: { health: Health; suspect: boolean }) {
  return (
    <span class={`health ${health}`} data-testid="health">
      <Glyph shape={SHAPES[health]} />
      {health}
      {suspect && ' ?'}
      {suspect && <span class="unseen"> (suspect: two or more misses in a row)</span>}
    </span>
  );
}
