import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../../../src/core/model/event.ts';
import type { Steer } from '../../../src/formats/replay.ts';
import type { Answer } from '../../../src/viewer/live/link.ts';
import { LiveStore } from '../../../src/viewer/live/live-store.ts';
import { Steering } from '../../../src/viewer/live/steering.ts';
import { aReplay, aStatus } from '../wire.ts';

/** A page that steers, and a service that answers when it is told to. */
class Page {
  readonly store = new LiveStore({ send: () => true, changed: () => undefined, wanted: { filter: '', kinds: EVENT_KINDS } });
  readonly asked: { readonly wish: Steer | null; answer(answer: Answer): void }[] = [];
  readonly steering = new Steering(
    this.store,
    (_method, _path, wish) => new Promise((resolve) => this.asked.push({ wish: (wish as Steer | undefined) ?? null, answer: resolve })),
  );

  hear(fields: Parameters<typeof aReplay>[0] = {}): void {
    const now = { perfMs: 0, wallMs: 0 };
    this.store.accept({ type: 'hello', protocol: 1, status: aStatus({ mode: 'replay', replay: aReplay(fields) }) }, now);
  }

  /** Answers the last question. */
  async answer(answer: Answer): Promise<void> {
    this.asked.at(-1)?.answer(answer);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }

  get wishes(): readonly (Steer | null)[] {
    return this.asked.map(({ wish }) => wish);
  }
}

const survey = { throughMs: 1, findings: 0, done: false, fault: null };

describe('steering', () => {
  it('sends wishes in the order in which they were made, each once the one before is answered', async () => {
    const page = new Page();
    page.hear();
    await page.answer({ ok: false, status: 0, problem: null });
    page.steering.toggle();
    page.steering.seek(5000);
    await Promise.resolve();
    expect(page.wishes).toEqual([null, { do: 'pause' }]);
    await page.answer({ ok: true, value: aReplay({ playing: false }) });
    expect(page.wishes.at(-1)).toEqual({ do: 'seek', atMs: 5000 });
    expect(page.store.replay.value?.state.playing).toBe(false);
  });

  it('leaves out the places between while it is dragged', async () => {
    const page = new Page();
    page.hear();
    for (const atMs of [100, 200, 300, 400]) page.steering.seek(atMs);
    await Promise.resolve();
    expect(page.wishes).toEqual([null, { do: 'seek', atMs: 100 }]);
    await page.answer({ ok: true, value: aReplay() });
    await expect.poll(() => page.wishes.at(-1), { timeout: 30_000 }).toEqual({ do: 'seek', atMs: 400 });
    expect(page.wishes).toHaveLength(3);
  });

  it('says in the service’s words why nothing came of a wish, until one succeeds', async () => {
    const page = new Page();
    page.hear();
    page.steering.step('next-finding');
    await Promise.resolve();
    await page.answer({ ok: false, status: 409, problem: { code: 'NOT_A_REPLAY', message: 'There is nothing to steer.' } });
    expect(page.steering.fault.value).toBe('There is nothing to steer.');
    page.steering.step('next-finding');
    await Promise.resolve();
    await page.answer({ ok: true, value: aReplay() });
    expect(page.steering.fault.value).toBeNull();
  });

  it('looks at what is marked when a replay begins, and again when more of it is known', () => {
    const page = new Page();
    expect(page.wishes).toEqual([]);
    page.hear({ survey });
    page.hear({ survey: { ...survey, throughMs: 2 } });
    expect(page.wishes).toEqual([null]);
    page.hear({ survey: { ...survey, findings: 1 } });
    page.hear({ survey: { ...survey, findings: 1, done: true } });
    expect(page.wishes).toEqual([null, null, null]);
  });
});
