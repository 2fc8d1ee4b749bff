import { hostname } from 'node:os';
import { verdict } from '../core/correlate/verdict.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import { probeText } from '../export/probe-text.ts';
import { probeWireOf } from '../formats/probe.ts';
import { many } from '../formats/words/amount.ts';
import { LoopWatch } from '../sources/probes/loop-watch.ts';
import { Pool } from '../sources/probes/pool.ts';
import { Scheduler, type Standing } from '../sources/probes/scheduler.ts';
import { hasColour } from './colour.ts';
import type { StopSignal } from './stop-signal.ts';

export interface ProbeOptions {
  readonly targets: readonly ProbeTarget[];
  /** Attempts for each target; null goes on until stopped. */
  readonly count: number | null;
  readonly json: boolean;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stop: StopSignal;
}

/**
 * `synoptic probe TARGET…`: every attempt as a table, or as a line of JSON.
 *
 * @returns the exit status: 0 where every target's last attempt was alive, else 1.
 */
export async function probe({ targets, count, json, stdout, stop }: ProbeOptions): Promise<0 | 1> {
  using watch = new LoopWatch();
  using pool = new Pool();
  const host = hostname();
  const colour = hasColour(stdout);
  const alive = new Map<string, boolean>(targets.map(({ name }) => [name, false]));
  const scheduler = new Scheduler({
    ...{ targets, count, watch, pool },
    onAttempt: (attempt, standing) => {
      const wire = probeWireOf(attempt, verdict(attempt, null), host);
      alive.set(attempt.target, wire.alive);
      stdout.write(json ? `${JSON.stringify(wire)}\n` : probeText(wire, standingInWords(standing), colour));
    },
  });
  void stop.stopped.then(() => scheduler.stop());
  await scheduler.run();
  return [...alive.values()].every(Boolean) ? 0 : 1;
}

function standingInWords({ health, suspect, misses }: Standing): string {
  return `target  ${health}${suspect ? ', suspect' : ''}${misses === 0 ? '' : `, ${many(misses, 'miss', 'misses')} in a row`}`;
}
