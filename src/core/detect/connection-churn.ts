import type { ChurnThresholds } from '../model/connection-thresholds.ts';
import type { StateEvent } from '../model/event.ts';
import { ByDestination, type Destined } from './by-destination.ts';
import { type Traffic, tellChurn, tellPileUp } from './churn-words.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';

const SECOND_NS = 1e9;
const SHORT_US = 1e6;
/** Of those ended, or opened: what is above it counts as all of them. */
const NEARLY_ALL = 0.9;
const DESTINATIONS = 4096;
/** Whole seconds that a destination without traffic is remembered, and after which what it did is over. */
const IDLE_SECONDS = 60;
const CALM_SECONDS = 5;

/** See {@link ConnectionChurn}. */
export function connectionChurn(findings: Findings, thresholds: ChurnThresholds): Detector {
  return new ConnectionChurn(findings, thresholds);
}

/**
 * Connections that are not used again: many short ones to one destination, second after second; or ever more open ones of which none ends. A
 * burst is neither, nor a pool that fills once.
 */
class ConnectionChurn implements Detector {
  readonly kinds = ['state'] as const;
  readonly transitions = { from: ['ESTABLISHED'], to: ['ESTABLISHED'] } as const;
  readonly #findings: Findings;
  readonly #t: ChurnThresholds;
  readonly #traffic = new ByDestination<Traffic>(DESTINATIONS);
  #secondNs = Number.NEGATIVE_INFINITY;

  constructor(findings: Findings, thresholds: ChurnThresholds) {
    this.#findings = findings;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind !== 'state' || event.origin !== 'active' || event.probe === 'canary') return;
    if (event.to === 'ESTABLISHED') this.#onOpened(event);
    else if (event.from === 'ESTABLISHED') this.#onEnded(event);
  }

  onTick(ns: number): void {
    if (ns - this.#secondNs < SECOND_NS) return;
    this.#secondNs = ns;
    for (const one of this.#traffic.values()) {
      this.#judge(one, ns);
      if (one.idleSeconds > IDLE_SECONDS && one.open === 0) this.#traffic.delete(one);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const one of this.#traffic.values()) {
      if (one.netns === null || alive.has(one.netns)) continue;
      this.#traffic.delete(one);
      this.#end(one, this.#secondNs, 'Its network namespace is gone.');
    }
  }

  #end(one: Traffic, ns: number, words: string): void {
    for (const what of ['churn', 'rise']) this.#findings.end(`${what} ${keyOf(one)}`, ns, words);
  }

  #onOpened(event: StateEvent): void {
    let one = this.#traffic.get(event);
    if (one === undefined) {
      const { netns, raddr, rport } = event;
      one = {
        ...{ netns, raddr, rport, pid: null, comm: null, open: 0, opened: 0, ended: 0, short: 0, churns: 0, rises: 0, calm: 0 },
        ...{ total: 0, livedUs: 0, idleSeconds: 0, sinceNs: event.ns, seq: event.seq },
      };
      const forgotten = this.#traffic.add(one);
      if (forgotten !== null) this.#end(forgotten, event.ns, 'It is followed no longer: others came since.');
    }
    one.opened++;
    one.open++;
    one.seq = event.seq;
    if (event.pid === null) return;
    one.pid = event.pid;
    one.comm = event.comm;
  }

  #onEnded(event: StateEvent): void {
    const one = this.#traffic.get(event);
    if (one === undefined) return;
    one.ended++;
    one.open = Math.max(0, one.open - 1);
    if (event.dwellUs === null || event.dwellUs >= SHORT_US) return;
    one.short++;
    one.livedUs += event.dwellUs;
    one.total++;
  }

  #judge(one: Traffic, ns: number): void {
    const { opened, ended, short } = one;
    const key = keyOf(one);
    const churns = short >= this.#t.perSecond && short >= NEARLY_ALL * ended;
    const rises = opened - ended >= this.#t.risePerSecond && ended <= (1 - NEARLY_ALL) * opened;
    if (one.churns === 0 && one.rises === 0 && (churns || rises)) one.sinceNs = ns - SECOND_NS;
    one.churns = churns ? one.churns + 1 : 0;
    one.rises = rises ? one.rises + 1 : 0;
    one.calm = churns || rises ? 0 : one.calm + 1;
    one.idleSeconds = opened + ended === 0 ? one.idleSeconds + 1 : 0;
    if (one.churns >= this.#t.seconds) this.#sayChurn(key, one, ns);
    else if (!churns && one.calm >= CALM_SECONDS) {
      this.#findings.clear(`churn ${key}`, ns, `Fewer than ${this.#t.perSecond} short connections a second for ${CALM_SECONDS} s.`, 0);
    }
    if (one.rises >= this.#t.seconds && one.open >= this.#t.open) this.#sayRise(key, one, ns);
    else if (!rises && one.calm >= CALM_SECONDS) {
      this.#findings.clear(`rise ${key}`, ns, `The ${one.open} open connections have not become more for ${CALM_SECONDS} s.`, 0);
    }
    if (one.calm > 0) {
      one.total = 0;
      one.livedUs = 0;
    }
    one.opened = 0;
    one.ended = 0;
    one.short = 0;
  }

  #sayChurn(key: string, one: Traffic, ns: number): void {
    const perSecond = one.short;
    // Nothing fails by it. Where it uses ports up, time-wait-buildup says so, which knows whether the kernel gives them back.
    const standing = { severity: 'info', confidence: 'consistent', sinceNs: one.sinceNs, size: perSecond } as const;
    this.#findings.see(`churn ${key}`, ns, standing, () => tellChurn({ ...one }, perSecond));
  }

  #sayRise(key: string, one: Traffic, ns: number): void {
    const perSecond = one.opened - one.ended;
    // What a pool is meant to hold is not known here: only time tells.
    const long = one.rises >= 60;
    const standing = {
      severity: long ? 'warning' : 'info',
      confidence: long ? 'consistent' : 'suspected',
      sinceNs: one.sinceNs,
      size: one.open,
    } as const;
    this.#findings.see(`rise ${key}`, ns, standing, () => tellPileUp({ ...one }, perSecond));
  }
}

function keyOf({ netns, raddr, rport }: Destined): string {
  return `${netns} ${raddr} ${rport}`;
}
