import { expect } from 'vitest';
import type { Input } from '../../../src/core/model/input.ts';
import { Captures, type CapturesOptions } from '../../../src/sinks/capture/captures.ts';
import { DataFolder } from '../../../src/sinks/capture/data-folder.ts';
import { Recorder } from '../../../src/sinks/capture/recorder.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { start } from '../../core/inputs.ts';
import { type Folder, headerOf } from './made.ts';

export const wallUs = (ns: number): number => start.wallUs + (ns - start.atNs) / 1000;
export const tick = (ms: number): Input => ({ type: 'tick', atNs: start.atNs + ms * 1e6, wallUs: wallUs(start.atNs + ms * 1e6) });
export const NOW = { trigger: 'request', reason: null, beforeMs: null, afterMs: 0 } as const;

/** A recorder, what freezes, and a clock that only moves when it is told to. */
export class SetUp implements AsyncDisposable {
  readonly said: string[] = [];
  nowNs = start.atNs;
  readonly folder: DataFolder;
  readonly recorder: Recorder;
  readonly captures: Captures;

  private constructor(folder: DataFolder, options: Partial<CapturesOptions>) {
    const header = headerOf(start);
    this.folder = folder;
    const common = { header, wallUs };
    const bounds = { windowMs: 3_600_000, maxBytes: 1e9 };
    const say = (message: string): void => void this.said.push(message);
    this.recorder = new Recorder({ ...common, ...bounds, folder: folder.run, start, known: async () => [], share: () => 1, warn: say });
    const keep = { keepMs: 86_400_000, keepBytes: 1e9 };
    const recorder = this.recorder;
    this.captures = new Captures({ ...common, ...keep, folder: folder.captures, recorder, nowNs: () => this.nowNs, say, ...options });
  }

  static async make(root: Folder, options: Partial<CapturesOptions> = {}): Promise<SetUp> {
    return new SetUp(await DataFolder.open(root.path, { run: 'run-1' }), options);
  }

  /** Passes so much time, with a tick at its end. */
  pass(ms: number): void {
    this.nowNs += ms * 1e6;
    this.recorder.accept(tick((this.nowNs - start.atNs) / 1e6));
  }

  async frozen(id: string): Promise<string> {
    await expect.poll(async () => (await this.captures.get(id)).state, { timeout: 5000 }).toBe('ready');
    return this.captures.catalogue.pathOf(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.captures.settle();
    await this.recorder[Symbol.asyncDispose]();
  }
}

export async function ticksOf(path: string): Promise<number[]> {
  const ms: number[] = [];
  for await (const inputs of (await openCapture(path)).inputs()) {
    for (const input of inputs) if (input.type === 'tick') ms.push((input.atNs - start.atNs) / 1e6);
  }
  return ms;
}
