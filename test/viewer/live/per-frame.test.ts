import { describe, expect, it } from 'vitest';
import { type Frames, perFrame } from '../../../src/viewer/live/per-frame.ts';

/** A screen whose frames take 16 ms, and `drawnMs` where something was drawn in them. */
class Screen implements Frames {
  nowMs = 1000;
  drawings = 0;
  #drew = false;
  #frames: ((nowMs: number) => void)[] = [];
  #timers: { atMs: number; run: () => void }[] = [];
  readonly #drawnMs: number;

  constructor(drawnMs: number) {
    this.#drawnMs = drawnMs;
  }

  readonly draw = (): void => {
    this.drawings++;
    this.#drew = true;
  };

  request(run: (nowMs: number) => void): void {
    this.#frames.push(run);
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ atMs: this.nowMs + ms, run });
  }

  /** Lets so much time pass; `each` happens before every frame. @returns how many drawings there were a second. */
  pass(ms: number, each: () => void): number {
    const [fromMs, before] = [this.nowMs, this.drawings];
    while (this.nowMs < fromMs + ms) {
      each();
      const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
      this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
      for (const { run } of due) run();
      for (const run of this.#frames.splice(0)) run(this.nowMs);
      this.nowMs += this.#drew ? this.#drawnMs : 16;
      this.#drew = false;
    }
    return ((this.drawings - before) * 1000) / (this.nowMs - fromMs);
  }
}

describe('drawing what changed', () => {
  it('happens at a frame, once, however much came before it', () => {
    const screen = new Screen(16);
    const changed = perFrame(screen.draw, () => false, screen);
    for (let call = 0; call < 100; call++) changed();
    expect(screen.drawings).toBe(0);
    screen.pass(1000, () => undefined);
    expect(screen.drawings).toBe(1);
  });

  it('happens some 20 times a second while text flows, and 10 times in a flood', () => {
    const [calm, flood] = [new Screen(16), new Screen(16)];
    expect(
      calm.pass(
        5000,
        perFrame(calm.draw, () => false, calm),
      ),
    ).toBeCloseTo(20, -0.7);
    expect(
      flood.pass(
        5000,
        perFrame(flood.draw, () => true, flood),
      ),
    ).toBeCloseTo(10, -0.7);
  });

  it.each([30, 45, 80])('leaves four parts of five to the reader in a flood where a drawing takes %i ms', (drawnMs) => {
    const screen = new Screen(drawnMs);
    const changed = perFrame(screen.draw, () => true, screen);
    screen.pass(3000, changed); // it finds its pace
    expect((screen.pass(5000, changed) * drawnMs) / 1000).toBeLessThanOrEqual(0.21);
  });

  it('goes on twice a second at least, however dear it is, and is quick again when it is cheap', () => {
    const dear = new Screen(400);
    expect(
      dear.pass(
        10_000,
        perFrame(dear.draw, () => true, dear),
      ),
    ).toBeGreaterThanOrEqual(1.9);
    const screen = new Screen(16);
    let cost = 300;
    const draw = (): void => {
      screen.draw();
      screen.nowMs += cost;
    };
    const changed = perFrame(draw, () => true, screen);
    screen.pass(5000, changed);
    cost = 0;
    screen.pass(10_000, changed);
    expect(screen.pass(5000, changed)).toBeGreaterThan(8);
  });
});
