import type { QueuesInput } from '../../core/model/input.ts';
import type { NetNamespace } from './netns.ts';
import type { Visit, Visited } from './visit.ts';

/** How often a namespace is looked at, ns: where something happens in it, where nothing does, and our own then. */
const HOT_NS = 0.5e9;
const COLD_NS = 5e9;
const OWN_NS = 1e9;
/** Something happened so lately, or the namespace is so new. */
const LATELY_NS = 10e9;
/** Its connections, where something happens and none of them waited; and our own: services with long connections make nothing happen. */
const CONNECTIONS_NS = 1e9;
/** And its settings: whoever sets up a namespace makes them just after it is there. */
const SETTINGS_NS = { hot: 2e9, own: 10e9, cold: 30e9 };
/** A timer that comes a little early need not wait for the next. */
const EARLY = 0.9;

/**
 * All looks together never take more than this share of the time, of which so much is saved up, ns; and less while a storm has the processors. Listing the
 * connections of one namespace, where nothing waits, never takes more than a hundredth.
 */
const USUAL = { share: 1 / 25, savedNs: 100e6 };
const STORM = { share: 1 / 100, savedNs: 25e6 };
const ROUTINE_SHARE = 1 / 100;
/** What a look is taken to cost before there was one, ns; then the least of the latest few: a busy machine makes them longer, not dearer. */
const FIRST_NS = 0.5e6;
const COSTS = 4;

interface Known {
  readonly sinceNs: number;
  stirredNs: number;
  lookedNs: number;
  connectionsNs: number;
  settingsNs: number;
  /** Whether something waited at the last look, or somebody has seen something since that queues may explain. */
  waits: boolean;
  /** What the look under way is expected to cost. */
  promisedNs: number;
  /** Of the latest looks: without its connections, and what those took. */
  lightNs: readonly number[];
  heavyNs: readonly number[];
}

/** Which namespaces to look at, and how closely: those where something happens often, the others seldom, and never at more cost than is allowed. */
export class Rounds {
  readonly #known = new Map<number, Known>();
  #allowedNs = USUAL.savedNs;
  #askedNs = Number.NEGATIVE_INFINITY;

  /** Something happened there at `ns`; `attention`: something that queues may explain. False where the namespace is not known here. */
  stirred(netns: number, ns: number, attention: boolean): boolean {
    const known = this.#known.get(netns);
    if (known === undefined) return false;
    known.stirredNs = ns;
    if (attention) known.waits = true;
    return true;
  }

  /** The namespaces to look at now, the most urgent first; `storm`: so much happens that not all of it is told. */
  due(nowNs: number, namespaces: readonly NetNamespace[], storm = false): Visit[] {
    const { share, savedNs } = storm ? STORM : USUAL;
    for (const netns of this.#known.keys()) if (!namespaces.some((one) => one.netns === netns)) this.#known.delete(netns);
    this.#allowedNs = Math.min(savedNs, this.#allowedNs + (nowNs - this.#askedNs) * share);
    this.#askedNs = nowNs;
    const those = namespaces.map((namespace) => ({ namespace, known: this.#of(namespace.netns, nowNs) }));
    those.sort((a, b) => urgency(b.known, nowNs) - urgency(a.known, nowNs) || a.known.lookedNs - b.known.lookedNs);
    const visits: Visit[] = [];
    for (const { namespace, known } of those) {
      const visit = visitOf(namespace, known, { nowNs, share });
      if (visit === null) continue;
      const costNs = costOf(known, visit);
      // One that costs more than can be saved up has its turn all the same, and the others wait for it: else they would spend what it saves.
      if (costNs > this.#allowedNs && this.#allowedNs < savedNs * EARLY) break;
      this.#allowedNs -= costNs;
      known.promisedNs = costNs;
      visits.push(visit);
    }
    return visits;
  }

  /** What came of a visit. */
  took({ netns, inputs, tookNs, connectionsNs }: Visited, settings: boolean, nowNs: number): void {
    const known = this.#known.get(netns);
    if (known === undefined) return;
    known.lookedNs = nowNs;
    if (settings) known.settingsNs = nowNs;
    known.lightNs = [...known.lightNs.slice(1 - COSTS), (tookNs - (connectionsNs ?? 0)) / (settings ? 2 : 1)];
    if (connectionsNs !== null) known.heavyNs = [...known.heavyNs.slice(1 - COSTS), connectionsNs];
    // What it cost beyond what was expected is owed.
    this.#allowedNs -= costOf(known, { connections: connectionsNs !== null, settings }) - known.promisedNs;
    const queues = inputs.find((input) => input.type === 'queues');
    if (queues === undefined || connectionsNs === null) return;
    known.connectionsNs = nowNs;
    known.waits = isWaiting(queues);
  }

  #of(netns: number, nowNs: number): Known {
    const known = this.#known.get(netns);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const fresh = {
      sinceNs: nowNs,
      stirredNs: never,
      lookedNs: never,
      connectionsNs: never,
      settingsNs: never,
      waits: false,
      promisedNs: 0,
    };
    const first: Known = { ...fresh, lightNs: [], heavyNs: [] };
    this.#known.set(netns, first);
    return first;
  }
}

/** Whether somebody waits for a process there, or for a peer. */
export function isWaiting({ listeners, waiting }: QueuesInput): boolean {
  if (listeners?.some((one) => one.waiting > one.backlog) === true) return true;
  return waiting?.some(({ timer, owned, recvQ }) => !owned || recvQ > 0 || (timer !== null && timer.backoff > 0)) === true;
}

function isHot({ sinceNs, stirredNs, waits }: Known, nowNs: number): boolean {
  return waits || nowNs - Math.max(sinceNs, stirredNs) < LATELY_NS;
}

function urgency(known: Known, nowNs: number): number {
  return known.waits ? 2 : isHot(known, nowNs) ? 1 : 0;
}

function visitOf(namespace: NetNamespace, known: Known, { nowNs, share }: { nowNs: number; share: number }): Visit | null {
  const hot = isHot(known, nowNs);
  const passed = (sinceNs: number, everyNs: number): boolean => nowNs - sinceNs >= everyNs * EARLY;
  const heavyNs = least(known.heavyNs, 0);
  const often = hot || namespace.own;
  const routineNs = Math.max(often ? CONNECTIONS_NS : COLD_NS, Math.min(COLD_NS, heavyNs / ROUTINE_SHARE));
  const connections = passed(known.connectionsNs, known.waits ? Math.max(HOT_NS, heavyNs / share) : routineNs);
  const settings = passed(known.settingsNs, hot ? SETTINGS_NS.hot : namespace.own ? SETTINGS_NS.own : SETTINGS_NS.cold);
  if (!connections && !settings && !passed(known.lookedNs, hot ? HOT_NS : namespace.own ? OWN_NS : COLD_NS)) return null;
  return { namespace, connections, settings };
}

function costOf({ lightNs, heavyNs }: Known, { connections, settings }: Pick<Visit, 'connections' | 'settings'>): number {
  return least(lightNs, FIRST_NS) * (settings ? 2 : 1) + (connections ? least(heavyNs, FIRST_NS) : 0);
}

function least(costsNs: readonly number[], otherwise: number): number {
  return costsNs.length === 0 ? otherwise : Math.min(...costsNs);
}
