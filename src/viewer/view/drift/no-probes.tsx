import type { ComponentChildren } from 'preact';
import { UNHEARD } from '../../model/health.ts';
import type { Page } from '../page.ts';

const EXAMPLE = `probes:
  - tcp://10.0.0.7:443
  - target: https://shop.example/health
    every: 10s
    json: { status: [ready, up] }`;

/** Why there is no target, and how to get one. */
export function NoProbes({ page, told }: { page: Page; told: boolean }) {
  const { status, inForce } = page.store;
  const { phase, trusted, text } = page.health.value;
  if (!trusted) return <Words title={UNHEARD[phase] ?? text}>What is probed appears here once Synoptic answers.</Words>;
  if (status.value === null || inForce.value === null) return <Words title="Asking what is probed…">Targets appear here.</Words>;
  if (status.value.mode === 'demo') {
    return (
      <Words title="A recording probes nothing">
        Here stand probe targets, each attempt as two lanes: the application’s time over the kernel’s, for the very same socket. To see your
        own: <code>synoptic observe --config synoptic.yaml</code> with
        <pre>{EXAMPLE}</pre>
      </Words>
    );
  }
  if (status.value.probes === null || status.value.probes.targets === 0) {
    return (
      <Words title="Nothing is probed">
        Name targets in the configuration that <code>synoptic observe --config</code> reads. It is read again when it changes: no restart is
        needed if it already names one.
        <pre>{EXAMPLE}</pre>
        Once, by hand: <code>synoptic probe https://shop.example/health</code>
      </Words>
    );
  }
  if (!inForce.value.kinds.includes('probe') || !told)
    return <Words title="Probes are switched off on this page">The kind “probe” is not asked for: switch it on in Events.</Words>;
  return <Words title="No target fits the filter">The FILTER is held against each target’s last attempt. Clear it to see all.</Words>;
}

function Words({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="nothing" data-testid="no-probes">
      <b>{title}</b>
      <div>{children}</div>
    </div>
  );
}
