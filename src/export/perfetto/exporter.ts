import type { Event, GapEvent } from '../../core/model/event.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import type { Exporter, Figures } from '../exporter.ts';
import { Curves } from './curves.ts';
import { FindingTracks } from './findings.ts';
import { Lanes, Line } from './line.ts';
import { ProbeTracks } from './probes.ts';
import { SocketTracks } from './sockets.ts';
import { TraceWriter } from './trace-writer.ts';

/**
 * A capture's events as a Perfetto trace, for ui.perfetto.dev and trace_processor: findings, what was not seen, curves, probes' two lanes, and a
 * track a socket. Every event is one slice, one instant or one slice's end, which carries its number: `seq`, of an end `endSeq`.
 */
export class PerfettoExporter implements Exporter {
  readonly #trace = new TraceWriter();
  readonly #findings: FindingTracks;
  readonly #gaps: Lanes;
  readonly #curves: Curves;
  readonly #probes: ProbeTracks;
  readonly #network: Line;
  readonly #sockets: SocketTracks;
  #ended = false;

  /** `netns`: the observer's own network namespace. `from`: when the capture begins. */
  constructor({ host, netns, from }: { host: string; netns: number; from: { ns: number; wallUs: number } }) {
    const trace = this.#trace;
    // First of all: times of packets before it could not be placed.
    trace.clocks({ ...from, bootNs: null });
    const root = trace.track({ name: visibleText(host), ordered: true });
    const group = (name: string, rank: number): number => trace.track({ name, parent: root, rank });
    this.#findings = new FindingTracks(trace, group('findings', 1));
    this.#gaps = new Lanes(trace, { name: 'not seen', parent: root, rank: 2 });
    this.#curves = new Curves(trace, group('figures', 3));
    this.#probes = new ProbeTracks(trace, group('probes', 4));
    const network = group('network', 5);
    this.#network = new Line(trace, { name: 'neighbours and sampling', parent: network });
    this.#sockets = new SocketTracks(trace, { parent: group('sockets', 6), strays: network, netns });
  }

  events(events: readonly Event[]): void {
    for (const event of events) this.#event(event);
  }

  figures(figures: Figures): void {
    this.#curves.figures(figures);
  }

  take(): Uint8Array {
    return this.#trace.take(this.#ended);
  }

  end(): void {
    this.#sockets.end();
    this.#ended = true;
  }

  #event(event: Event): void {
    this.#curves.event();
    switch (event.kind) {
      case 'state':
        this.#sockets.state(event);
        break;
      case 'time-wait':
        this.#sockets.timeWait(event);
        break;
      case 'probe':
        this.#probes.probe(event);
        break;
      case 'finding':
        this.#findings.finding(event);
        break;
      case 'gap':
        this.#gap(event);
        break;
      case 'neighbour': {
        const { seq, ns, address, device, oldLink, newLink } = event;
        this.#network.instant(ns, 'neighbour', { seq, address, device, oldLink, newLink });
        break;
      }
      case 'tier':
        this.#network.instant(event.ns, `1 socket in ${event.share} is told`, { seq: event.seq, share: event.share, before: event.before });
        break;
      default:
        this.#sockets.incident(event);
    }
  }

  #gap({ seq, cause, lost, shed, fromNs, toNs, what, parts }: GapEvent): void {
    const line = this.#gaps.freeFrom(fromNs);
    line.begin(fromNs, cause, { seq, lost, shed, what, parts: parts.length === 0 ? null : JSON.stringify(parts) });
    line.end(Math.max(fromNs, toNs));
  }
}
