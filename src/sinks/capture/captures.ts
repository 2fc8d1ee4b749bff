import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SynopticError } from '../../core/model/errors.ts';
import type { GapEvent } from '../../core/model/event.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { CaptureHeader, Trigger } from '../../formats/capture/header.ts';
import type { CaptureList, CaptureSummary } from '../../formats/capture/summary.ts';
import { rfc3339 } from '../../formats/utc.ts';
import { Catalogue, noSuch } from './catalogue.ts';
import { copySegments } from './copy.ts';
import { KnownGaps } from './known-gaps.ts';
import { spanOf } from './left-behind.ts';
import type { Recorder, RecorderTotals } from './recorder.ts';
import type { Pin } from './ring.ts';

export interface CapturesOptions {
  /** Where frozen captures are kept. */
  readonly folder: string;
  readonly recorder: Recorder;
  readonly header: CaptureHeader;
  /** Frozen captures that are older are removed, ms; and the oldest beyond so many bytes. */
  readonly keepMs: number;
  readonly keepBytes: number;
  nowNs(): number;
  /** µs since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number;
  say(message: string): void;
}

/** What became of captures since the start. */
export interface CaptureTotals {
  readonly frozen: Readonly<Record<Trigger, number>>;
  readonly failed: number;
  /** Removed because they were too old, or too many bytes were kept. */
  readonly removed: { readonly age: number; readonly size: number };
}

export interface Wish {
  readonly trigger: Trigger;
  readonly reason: string | null;
  /** Time before now that it must tell of, ms; null is all there is. */
  readonly beforeMs: number | null;
  /** Time after now that belongs to it, too, ms. */
  readonly afterMs: number;
}

/** Before another finding freezes one, ms: the one before most likely tells of both. */
const FINDING_PAUSE_MS = 300_000;
/** A finding opens some time after its cause, and what it leads to comes after it. */
const AROUND_FINDING = { beforeMs: 300_000, afterMs: 30_000 };
/** That wait or are written at once. */
const MAX_PENDING = 8;
/** Of them so many are not for requests, which may wait for an hour: a finding and a signal must find room. */
const RESERVED = 2;

/** That failed and are remembered. */
const MAX_FAILED = 100;
/** How long a disk that takes nothing is waited for, ms, and how often it is looked at. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

/** Freezes what the flight recorder holds to captures of their own, and keeps house among them. */
export class Captures {
  readonly catalogue: Catalogue;
  readonly #options: CapturesOptions;
  /** Not in the catalogue yet, or failed. */
  readonly #pending = new Map<string, CaptureSummary>();
  readonly #working = new Set<Promise<void>>();
  /** What ends the wait of one that is not written yet. */
  readonly #unwanted = new Map<string, AbortController>();
  readonly #stop = new AbortController();
  readonly #gaps = new KnownGaps();
  /** Open findings that are more than worth knowing; detectors bound them. */
  readonly #hurting = new Set<string>();
  #findingNs = Number.NEGATIVE_INFINITY;
  readonly #frozen: Record<Trigger, number> = { request: 0, signal: 0, finding: 0, 'left-behind': 0, made: 0 };
  #failed = 0;
  readonly #removed = { age: 0, size: 0 };

  constructor(options: CapturesOptions) {
    this.#options = options;
    this.catalogue = new Catalogue(options.folder);
  }

  get totals(): { readonly recorder: RecorderTotals; readonly captures: CaptureTotals } {
    const captures = { frozen: this.#frozen, failed: this.#failed, removed: this.#removed };
    return { recorder: this.#options.recorder.totals, captures };
  }

  /** What is told to be missing: a capture of that time says so. */
  onGap(gap: GapEvent): void {
    this.#gaps.accept(gap);
  }

  /** A finding that hurts, or has come to: freezes what is around it, unless one was frozen for another a short time ago. */
  onFinding({ id, phase, severity, summary }: Pick<Finding, 'id' | 'phase' | 'severity' | 'summary'>): void {
    if (phase === 'resolved') this.#hurting.delete(id);
    if (phase === 'resolved' || severity === 'info' || this.#hurting.has(id)) return;
    this.#hurting.add(id);
    const now = this.#options.nowNs();
    if (now - this.#findingNs < FINDING_PAUSE_MS * 1e6) return;
    this.#findingNs = now;
    try {
      this.freeze({ trigger: 'finding', reason: summary, ...AROUND_FINDING });
    } catch (error) {
      this.#options.say(`no capture was frozen for a finding: ${messageOf(error)}`);
    }
  }

  /**
   * Begins to freeze; {@link get} tells how it goes.
   *
   * @throws SynopticError CAPTURE_NOT_KEPT where too many are asked for at once, or nothing is recorded.
   */
  freeze(wish: Wish): CaptureSummary {
    const { nowNs, wallUs, recorder } = this.#options;
    const running = [...this.#pending.values()].filter(({ state }) => state !== 'failed').length;
    if (running >= MAX_PENDING - (wish.trigger === 'request' ? RESERVED : 0))
      throw notKept(`${running} others are being frozen`, 'ask again once they are done');
    const now = nowNs();
    const at = rfc3339(wallUs(now));
    const id = `${at.slice(0, 19).replaceAll(/[-:]/g, '')}-${wish.trigger}-${randomBytes(2).toString('hex')}`;
    const { trigger, reason } = wish;
    const summary: CaptureSummary = {
      id,
      state: 'waiting',
      fault: null,
      at,
      trigger,
      reason,
      from: null,
      to: null,
      bytes: null,
      missing: null,
      notes: [],
    };
    this.#pending.set(id, summary);
    const fromNs = wish.beforeMs === null ? Number.NEGATIVE_INFINITY : now - wish.beforeMs * 1e6;
    const pin = recorder.ring.pin(fromNs, false);
    const work = this.#freeze(summary, fromNs, wish.afterMs, pin).finally(() => {
      pin[Symbol.dispose]();
      this.#unwanted.delete(id);
      this.#working.delete(work);
    });
    this.#working.add(work);
    return summary;
  }

  async list(): Promise<CaptureList> {
    const { recorder, wallUs } = this.#options;
    const [oldest] = recorder.ring.segments;
    const found = await this.catalogue.list();
    const frozen = new Set(found.map(({ id }) => id));
    const pending = [...this.#pending.values()].filter(({ id }) => !frozen.has(id)).reverse();
    return {
      recorder: {
        folder: recorder.folder,
        from: oldest === undefined ? null : rfc3339(wallUs(oldest.fromNs)),
        bytes: recorder.bytes,
        leftOutInputs: recorder.leftOut.inputs,
        fault: recorder.fault,
      },
      captures: [...pending, ...found],
    };
  }

  /** @throws SynopticError NOT_FOUND */
  async get(id: string): Promise<CaptureSummary> {
    return this.#pending.get(id) ?? this.catalogue.get(id);
  }

  /**
   * One that still waits for its time after is not made then.
   *
   * @throws SynopticError NOT_FOUND, also of one that is being written.
   */
  async remove(id: string): Promise<void> {
    const state = this.#pending.get(id)?.state;
    if (state === undefined) return this.catalogue.remove(id);
    if (state === 'writing') throw noSuch(id);
    this.#unwanted.get(id)?.abort();
    this.#pending.delete(id);
  }

  /** Runs whose observers were killed: each becomes a capture. */
  async adopt(folders: readonly string[]): Promise<void> {
    for (const folder of folders)
      await this.#adopt(folder).catch((error) => this.#options.say(`${folder} cannot be frozen: ${messageOf(error)}`));
  }

  /** What waits for its time after is frozen now; comes back once all is written. */
  async settle(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#working);
  }

  async #freeze(summary: CaptureSummary, fromNs: number, afterMs: number, pin: Pin): Promise<void> {
    const { recorder, header, wallUs, say, nowNs } = this.#options;
    const { id, at, trigger, reason } = summary;
    const untilNs = nowNs() + afterMs * 1e6;
    const unwanted = new AbortController();
    this.#unwanted.set(id, unwanted);
    try {
      await delay(afterMs, undefined, { signal: AbortSignal.any([this.#stop.signal, unwanted.signal]) }).catch(() => undefined);
      pin.hold();
      if (!unwanted.signal.aborted) await this.#sealed();
      if (unwanted.signal.aborted) return;
      const segments = recorder.ring.segments.filter((segment) => segment.toNs >= fromNs && segment.fromNs <= untilNs);
      const [first, last] = [segments[0], segments.at(-1)];
      if (first === undefined || last === undefined) throw notKept(recorder.fault ?? 'nothing is recorded yet', 'look at the log');
      const span = { from: rfc3339(wallUs(first.fromNs)), to: rfc3339(wallUs(last.toNs)) };
      this.#pending.set(id, { ...summary, state: 'writing', ...span });
      const leftOut = segments.reduce((sum, segment) => sum + segment.leftOut, 0);
      const missing = { ...this.#gaps.within(first.fromNs, last.toNs), leftOut };
      const frozen = { id, at, trigger, reason, ...span, missing };
      await this.#copy({ segments: segments.map(({ path }) => path), header: { ...header, frozen }, path: this.catalogue.pathOf(id) });
      this.#pending.delete(id);
      this.#frozen[trigger]++;
      say(`froze capture ${id}${reason === null ? '' : `: ${reason}`}`);
      await this.#keepHouse(id);
    } catch (error) {
      const fault = messageOf(error);
      this.#failed++;
      this.#pending.set(id, { ...summary, state: 'failed', fault });
      const failed = [...this.#pending.values()].filter(({ state }) => state === 'failed');
      for (const { id: forgotten } of failed.slice(0, -MAX_FAILED)) this.#pending.delete(forgotten);
      say(`capture ${id} could not be frozen: ${fault}`);
    }
  }

  /** Comes back once all until now is sealed; or without the last of it, where the disk takes nothing: for as long as it is full or gone it will not be. */
  async #sealed(): Promise<void> {
    const { recorder } = this.#options;
    const over = new AbortController();
    const impatient = async (): Promise<void> => {
      for (let stuckMs = 0; !over.signal.aborted && stuckMs < PATIENCE_MS; stuckMs = recorder.fault === null ? 0 : stuckMs + LOOK_MS) {
        if (recorder.fault !== null && this.#stop.signal.aborted) return;
        await delay(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
      }
    };
    await Promise.race([recorder.cut(), impatient()]).finally(() => over.abort());
  }

  /** A full disk has room once what nobody froze is gone. */
  async #copy(options: Parameters<typeof copySegments>[0]): Promise<void> {
    for (;;) {
      try {
        return await copySegments(options);
      } catch (error) {
        const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
        if (full && (await this.#options.recorder.ring.sacrifice())) continue;
        throw error;
      }
    }
  }

  /** A frozen one goes by age and size only, and never without a word. */
  async #keepHouse(newest: string): Promise<void> {
    const { keepMs, keepBytes, nowNs, wallUs, say } = this.#options;
    let bytes = 0;
    const oldest = rfc3339(wallUs(nowNs()) - keepMs * 1000);
    for (const summary of await this.catalogue.list()) {
      bytes += summary.bytes ?? 0;
      if (summary.id === newest || (bytes <= keepBytes && summary.at >= oldest)) continue;
      await this.catalogue.remove(summary.id);
      this.#removed[summary.at < oldest ? 'age' : 'size']++;
      say(`removed capture ${summary.id}: ${summary.at < oldest ? 'it is older than is kept' : 'there are more bytes than are kept'}`);
    }
  }

  async #adopt(folder: string): Promise<void> {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.segment')).sort();
    const segments = names.map((name) => join(folder, name));
    const found = await spanOf(segments);
    if (found !== null) {
      const { header, from, to } = found;
      const at = rfc3339(this.#options.wallUs(this.#options.nowNs()));
      const id = `${at.slice(0, 19).replaceAll(/[-:]/g, '')}-left-behind-${randomBytes(2).toString('hex')}`;
      const reason = 'its observer was killed while it recorded';
      const frozen = { id, at, trigger: 'left-behind' as const, reason, from, to };
      await copySegments({ segments, header: { ...header, frozen }, path: this.catalogue.pathOf(id) });
      this.#frozen['left-behind']++;
      this.#options.say(`froze what ${basename(folder).split('.')[0]} left behind, which was killed: ${id}`);
      await this.#keepHouse(id);
    }
    await rm(folder, { recursive: true, force: true });
  }
}

function notKept(why: string, mend: string): SynopticError {
  return new SynopticError('CAPTURE_NOT_KEPT', `Nothing was frozen: ${why}.`, { mend });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
