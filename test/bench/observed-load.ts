import { setTimeout as delay } from 'node:timers/promises';
import { SKIPS_EVERY_MS } from '../../src/sources/bpftrace/supervisor.ts';
import { type AccountCheck, account } from './account.ts';
import { type Load, type Loaded, StormNamespace } from './load.ts';
import type { Observer } from './observer.ts';
import type { Samples } from './prometheus.ts';
import { countsElsewhere, grown, type TcpCounts } from './tcp-counts.ts';

export interface ObservedLoad extends Loaded {
  /** CPU of the whole observer, from before the storm to {@link AFTER_MS} behind its end, ÷ the storm's time. */
  readonly cpuShare: number;
  readonly account: AccountCheck;
  readonly lost: number;
  readonly shed: number;
  /** Why: `skipped 6, unaccounted 1` gaps were told; empty where none. */
  readonly gaps: string;
}

const AFTER_MS = 500;
/** Told and counted numbers stand still for so long before they are compared. */
const STILL = { looks: 4, everyMs: 500, mostMs: 30_000 };

/** One storm under the eyes of an observer, with its account. */
export async function observedLoad(observer: Observer, load: Load, title: string, signal: AbortSignal): Promise<ObservedLoad> {
  await using namespace = new StormNamespace();
  const before = await standstill(observer, namespace.netns, signal);
  const cpuBefore = observer.cpuSeconds;
  const loaded = await namespace.run(load, signal);
  await delay(AFTER_MS, undefined, { signal });
  const cpuShare = (observer.cpuSeconds - cpuBefore) / loaded.seconds;
  // What the kernel has skipped is told at the next look.
  await delay(SKIPS_EVERY_MS, undefined, { signal });
  const after = await standstill(observer, namespace.netns, signal);
  const others = grown(before.elsewhere, after.elsewhere);
  const lost = after.told.lost - before.told.lost;
  const { connections, own } = loaded;
  return {
    ...loaded,
    cpuShare,
    account: account({ title, before: before.metrics, after: after.metrics, connections, own, others, lost }),
    lost,
    shed: after.told.shed - before.told.shed,
    gaps: [...after.metrics.grownSince(before.metrics, 'synoptic_gaps_total')]
      .map(([label, by]) => `${label.slice('cause='.length)} ${by}`)
      .join(', '),
  };
}

interface Look {
  readonly metrics: Samples;
  readonly elsewhere: ReadonlyMap<number, TcpCounts>;
  readonly told: { readonly lost: number; readonly shed: number };
}

/** What is told and what the kernel counts, taken while neither moves: what is under way would be in one and not in the other. */
async function standstill(observer: Observer, netns: number, signal: AbortSignal): Promise<Look> {
  const untilMs = performance.now() + STILL.mostMs;
  let last = '';
  for (let still = 0; ; ) {
    const elsewhere = countsElsewhere(netns);
    const metrics = await observer.metrics();
    const { completeness } = await observer.told();
    const { lost, shed } = completeness;
    const opened = [...elsewhere].map(([inode, { activeOpens, passiveOpens }]) => `${inode}:${activeOpens}:${passiveOpens}`).toSorted();
    const now = [lost, shed, metrics.sum('synoptic_transitions_total'), ...opened].join(' ');
    still = now === last ? still + 1 : 0;
    last = now;
    if (still >= STILL.looks || performance.now() > untilMs) return { metrics, elsewhere, told: { lost, shed } };
    await delay(STILL.everyMs, undefined, { signal });
  }
}
