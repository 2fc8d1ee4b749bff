import { CONFIDENCES, evidence, SEVERITIES, subject } from '../model/finding.ts';
import type { Standing, Told } from './standing.ts';
import { whole } from './words.ts';

/** Of those that are told together, so many are named. */
const EXAMPLES = 4;

/** What one detector sees beyond the findings that it may have open: counted, with the first as examples, and told as one. */
export class Beyond {
  readonly #most: number;
  readonly #restNs: number;
  /** When each was last seen, the longest unseen first. */
  readonly #seen = new Map<string, number>();
  readonly #examples = new Map<string, Told>();
  #standing: Standing = NOTHING;
  #total = 0;

  /** At most so many are remembered, and none for longer than `restNs` after it was last seen. */
  constructor(most: number, restNs: number) {
    this.#most = most;
    this.#restNs = restNs;
  }

  see(key: string, ns: number, standing: Standing, tell: () => Told): void {
    const fresh = !this.#seen.delete(key);
    if (this.#seen.size === 0) this.#standing = NOTHING;
    this.#seen.set(key, ns);
    if (fresh) this.#total++;
    if (this.#seen.size > this.#most) this.#forgetOldest();
    if (fresh && this.#examples.size < EXAMPLES) this.#examples.set(key, tell());
    const before = this.#standing;
    this.#standing = {
      severity: further(SEVERITIES, before.severity, standing.severity, 1),
      // As sure as the least sure of them.
      confidence: before === NOTHING ? standing.confidence : further(CONFIDENCES, before.confidence, standing.confidence, -1),
      sinceNs: Math.min(before.sinceNs, standing.sinceNs),
      size: this.#seen.size,
    };
  }

  delete(key: string): void {
    this.#seen.delete(key);
    this.#examples.delete(key);
  }

  expire(ns: number): void {
    for (const [key, seenNs] of this.#seen) {
      if (ns - seenNs < this.#restNs) return;
      this.delete(key);
    }
  }

  /** Of all of them together, since there were none. */
  get standing(): Standing {
    return this.#standing;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Different ones so far, as far as they were remembered. */
  get total(): number {
    return this.#total;
  }

  /** `single`: how many are told one by one. */
  tell(single: number): Told {
    const count = this.#seen.size;
    const examples = [...this.#examples.values()];
    const [first] = examples;
    const sockets = examples.flatMap((one) => one.subject.sockets);
    return {
      subject: subject('sockets', { sockets, socketsTotal: examples.reduce((sum, one) => sum + one.subject.socketsTotal, 0) }),
      summary: `${whole(count)} more beside the ${single} that are told one by one${first === undefined ? '.' : `, such as: ${first.summary}`}`,
      evidence: [
        evidence(`${whole(count)} subjects show the same; the first of them:`, { subjects: count }),
        ...examples.map((one) => evidence(one.summary, {}, one.evidence[0]?.seqs)),
      ],
      against: [evidence('Where so many are in the same trouble it is seldom theirs: look for what they have in common.')],
      advice: first?.advice ?? [],
    };
  }

  #forgetOldest(): void {
    const oldest = this.#seen.keys().next();
    if (oldest.done !== true) this.delete(oldest.value);
  }
}

const NOTHING: Standing = { severity: 'info', confidence: 'suspected', sinceNs: Number.POSITIVE_INFINITY, size: 0 };

function further<T>(scale: readonly T[], a: T, b: T, way: 1 | -1): T {
  return (scale.indexOf(b) - scale.indexOf(a)) * way > 0 ? b : a;
}
