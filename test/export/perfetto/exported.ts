import type { Event } from '../../../src/core/model/event.ts';
import { PerfettoExporter } from '../../../src/export/perfetto/exporter.ts';
import { type Decoded, decode } from './decoded.ts';

/** When the runs of these tests begin. */
export const FROM = { ns: 1e9, wallUs: 1.7e15 };

/** Events as a trace, and that as a reader sees it. */
export function exported(events: readonly Event[], host = 'here'): Decoded {
  const exporter = new PerfettoExporter({ host, netns: 4026531840, from: FROM });
  const pieces: Uint8Array[] = [];
  for (const event of events) {
    exporter.events([event]);
    pieces.push(exporter.take());
  }
  exporter.end();
  pieces.push(exporter.take());
  return decode(Buffer.concat(pieces));
}

/** The numbers of the events that are in a trace, each as often as it is there. */
export function numbersIn({ slices, instants }: Decoded): number[] {
  const args = [...slices.flatMap(({ args: begun, endArgs }) => [begun, endArgs]), ...instants.map((instant) => instant.args)];
  return args.flatMap(({ seq, endSeq }) => [seq, endSeq]).flatMap((seq) => (typeof seq === 'number' ? [seq] : []));
}
