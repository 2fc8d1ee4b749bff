import type { Event, FindingEvent, GapEvent } from '../core/model/event.ts';
import { SEVERITIES } from '../core/model/finding.ts';
import type { ReplayFinding, ReplayGap } from '../formats/replay.ts';
import { rfc3339 } from '../formats/utc.ts';

/** Findings kept; more are counted. */
const MOST = 2000;
/** Gaps of one cause that lie closer than this share of the capture are drawn as one. */
const APART = 1 / 1000;

/** What is marked on a capture's time line: its findings, and the time in which something is known to be missing. Positions in ms. */
export class ReplayMarks {
  readonly #beganNs: number;
  readonly #findings = new Map<string, ReplayFinding>();
  readonly #gaps: ReplayGap[] = [];
  #leftOut = 0;

  /** @param beganNs CLOCK_MONOTONIC of position 0. */
  constructor(beganNs: number) {
    this.#beganNs = beganNs;
  }

  get findings(): ReplayFinding[] {
    return [...this.#findings.values()];
  }

  get findingsLeftOut(): number {
    return this.#leftOut;
  }

  get gaps(): ReplayGap[] {
    return [...this.#gaps];
  }

  /** Events that came at a position, ns. */
  accept(events: readonly Event[], throughNs: number): void {
    for (const event of events) {
      if (event.kind === 'finding') this.#onFinding(event, positionMs(throughNs));
      else if (event.kind === 'gap') this.#onGap(event, throughNs);
    }
  }

  #onFinding({ id, detector, severity, confidence, summary, phase, wallUs }: FindingEvent, atMs: number): void {
    const known = this.#findings.get(id);
    if (known !== undefined) {
      const worst = SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(known.severity) ? { severity, summary } : {};
      const untilMs = phase === 'resolved' ? atMs : null;
      this.#findings.set(id, { ...known, ...worst, confidence, untilMs });
    } else if (this.#findings.size >= MOST) this.#leftOut += phase === 'open' ? 1 : 0;
    else this.#findings.set(id, { id, detector, severity, confidence, summary, at: rfc3339(wallUs), atMs, untilMs: null });
  }

  #onGap({ cause, fromNs, toNs }: GapEvent, throughNs: number): void {
    const [fromMs, toMs] = [fromNs, toNs].map((ns) => Math.max(0, (ns - this.#beganNs) / 1e6)) as [number, number];
    const nearMs = (throughNs / 1e6) * APART;
    const at = this.#gaps.findLastIndex((gap) => gap.cause === cause);
    const last = this.#gaps[at];
    if (last === undefined || fromMs > last.toMs + nearMs) this.#gaps.push({ fromMs, toMs, cause, gaps: 1 });
    else this.#gaps[at] = { ...last, fromMs: Math.min(last.fromMs, fromMs), toMs: Math.max(last.toMs, toMs), gaps: last.gaps + 1 };
  }
}

/** A position as it is told: no less, so that whoever goes there is there. */
export function positionMs(ns: number): number {
  return Math.ceil(ns) / 1e6;
}
