import { Counter, Gauge, type Registry } from 'prom-client';
import { Trigger } from '../formats/capture/header.ts';
import type { CaptureTotals } from './capture/captures.ts';
import type { RecorderTotals } from './capture/recorder.ts';
import type { Removal } from './capture/ring.ts';
import { readCounter } from './read-counter.ts';

export interface Recorded {
  readonly recorder: RecorderTotals;
  readonly captures: CaptureTotals;
}

const REMOVALS = ['age', 'size', 'disk-full'] as const satisfies readonly Removal[];
const RETENTION = ['age', 'size'] as const;

/** How the flight recorder and its captures fare. Where nothing is recorded, totals are 0 and gauges are not known, but that nothing is written. */
export function recorderMetrics(registry: Registry, recorded: () => Recorded | null): void {
  const registers = [registry];
  const counter = (name: string, help: string, value: (recorder: RecorderTotals) => number): void => {
    readCounter(registers, name, help, () => total(recorded(), ({ recorder }) => value(recorder)));
  };
  const gauge = (name: string, help: string, value: (recorder: RecorderTotals) => number): void => {
    new Gauge({
      name: `synoptic_${name}`,
      help,
      registers,
      collect() {
        const now = recorded();
        this.set(now === null ? Number.NaN : value(now.recorder));
      },
    });
  };
  counter('recorder_written_bytes_total', 'Bytes written to segments of the flight recorder', ({ writtenBytes }) => writtenBytes);
  gauge(
    'recorder_sync_lag_seconds',
    'What a kill would cost now: from the newest input on disk to the newest that came',
    ({ syncLagNs }) => syncLagNs / 1e9,
  );
  gauge('recorder_segments', 'Segments on disk now, the open one too', ({ segments }) => segments);
  gauge('recorder_kept_bytes', 'Bytes of segments on disk now', ({ keptBytes }) => keptBytes);
  counter(
    'recorder_dropped_inputs_total',
    'Inputs not recorded, because the disk was slower or full',
    ({ droppedInputs }) => droppedInputs,
  );
  counter('recorder_disk_full_total', 'How often the disk began to take nothing, because it was full or gone', ({ faults }) => faults);
  new Gauge({
    name: 'synoptic_recorder_writing',
    help: '1 while the flight recorder writes; 0 where the disk takes nothing, or nothing is recorded',
    registers,
    collect() {
      this.set(recorded()?.recorder.writing === true ? 1 : 0);
    },
  });
  const byLabel = <L extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly L[],
    of: (now: Recorded, value: L) => number,
  ): void => {
    new Counter({
      name: `synoptic_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const value of values)
          this.inc(
            { [label]: value },
            total(recorded(), (now) => of(now, value)),
          );
      },
    });
  };
  byLabel(
    'recorder_removed_segments_total',
    'Segments removed: too old, too many bytes, or for room on a full disk',
    'reason',
    REMOVALS,
    (now, reason) => now.recorder.removedSegments[reason],
  );
  byLabel(
    'captures_frozen_total',
    'Captures frozen, by what asked for it',
    'trigger',
    Trigger.options,
    (now, trigger) => now.captures.frozen[trigger],
  );
  readCounter(registers, 'captures_failed_total', 'Captures that could not be frozen', () =>
    total(recorded(), ({ captures }) => captures.failed),
  );
  byLabel(
    'captures_removed_total',
    'Frozen captures removed: too old, or too many bytes',
    'reason',
    RETENTION,
    (now, reason) => now.captures.removed[reason],
  );
}

function total(now: Recorded | null, of: (now: Recorded) => number): number {
  return now === null ? 0 : of(now);
}
