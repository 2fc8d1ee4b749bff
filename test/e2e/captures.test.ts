import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FindingsView } from '../../src/formats/findings.ts';
import { ReplayView, type Steer } from '../../src/formats/replay.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { offsetWords } from '../../src/viewer/model/replay-position.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';
import { seriousFaults } from './axe.ts';
import { Browser, type Look, reads } from './browser.ts';

// A recorded incident gone through on the page; and a machine whose evidence is frozen there.

const CAPTURE = fileURLToPath(new URL('../../src/sources/replay/demo.capture', import.meta.url));
const TOKEN = 'a-token-of-sixteen-characters';
/** Nobody listens there: a finding within seconds. */
const REFUSED = 'tcp://127.0.0.1:9';
const PATIENCE_MS = 30_000;
const LOOKS: Readonly<Record<string, Look>> = {
  'light at 1280×800': { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  'dark on a phone': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
};

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await Browser.open();
});
afterEach(async () => {
  await page.close();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
});

const id = (name: string) => page.getByTestId(name);
const address = () => new URL(page.url()).searchParams;

describe('a replay on the page', () => {
  let replay: Synoptic;
  let known: ReplayView;

  beforeAll(async () => {
    replay = await Synoptic.ready(['replay', CAPTURE, '--listen', '127.0.0.1:0', '--speed', '0.5']);
    known = await until(
      'the look ahead',
      async () => {
        const view = ReplayView.parse(await replay.get('/api/v1/replay'));
        return view.state.survey.done ? view : null;
      },
      PATIENCE_MS,
    );
  });
  afterAll(async () => {
    await replay?.[Symbol.asyncDispose]();
  });

  const steer = async (wish: Steer): Promise<void> => {
    const body = JSON.stringify(wish);
    const answer = await fetch(`${replay.url}/api/v1/replay`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(200);
  };
  /** Opens the page over a replay that stands, once the time line is known. */
  const open = async (query: string, look?: Look): Promise<void> => {
    await steer({ do: 'pause' });
    page = await browser.page(`${replay.url}${query}`, look);
    await until('the marks', async () => (await id('replay-marks').count()) === 1, PATIENCE_MS);
    await until('it stands', async () => (await id('replay').getAttribute('data-playing')) === 'false', PATIENCE_MS);
  };
  const atMs = async (): Promise<number> => Number(await id('replay').getAttribute('data-at'));
  const isAt = async (ms: number): Promise<void> => {
    await until(`position ${ms}`, async () => Math.abs((await atMs()) - ms) < 2, PATIENCE_MS);
  };
  const opening = (index: number): number => known.findings[index]?.atMs ?? Number.NaN;

  it('says that it is one, marks every finding of the capture, and lists what it is of', async () => {
    await open('/?tab=captures');
    await reads(id('banner-replay'), (text) => text.includes('REPLAY'));
    expect(Number(await id('replay-marks').getAttribute('data-findings'))).toBe(known.findings.length);
    expect(await page.locator('.replay-marks .mark').count()).toBe(known.findings.length);
    await reads(id('replayed-capture'), (text) => text.includes(known.capture.title ?? '?'));
    await id('replay-finding').first().click();
    await isAt(opening(0));
  });

  it('plays and stands by the space bar, and only where it stands it has a place in the address', async () => {
    await open('/?at=5');
    await until('its place', () => address().get('at') !== null, PATIENCE_MS);
    const stood = await atMs();
    await page.keyboard.press('Space');
    await until('it moves', async () => (await atMs()) > stood && address().get('at') === null, PATIENCE_MS);
    await page.keyboard.press('Space');
    await until('its place again', () => Number(address().get('at')) * 1000 > stood, PATIENCE_MS);
  });

  it('is gone through event by event and finding by finding, by keys, and each place shows what was so there', async () => {
    await open('/?tab=findings&at=0');
    await isAt(0);
    for (const index of [0, 1]) {
      await page.keyboard.press(']');
      await isAt(opening(index));
    }
    await until(
      'both open',
      async () => (await page.locator('[data-testid=finding]:not([data-phase=resolved])').count()) === 2,
      PATIENCE_MS,
    );
    await page.keyboard.press('[');
    await isAt(opening(0));
    await until(
      'one open',
      async () => (await page.locator('[data-testid=finding]:not([data-phase=resolved])').count()) === 1,
      PATIENCE_MS,
    );
    await page.keyboard.press('ArrowRight');
    const next = await until('a step on', async () => ((await atMs()) > opening(0) + 2 ? atMs() : null), PATIENCE_MS);
    await page.keyboard.press('ArrowLeft');
    await isAt(opening(0));
    expect(next).toBeGreaterThan(opening(0));
    await page.keyboard.press('?');
    await reads(page.getByRole('dialog'), (text) => text.includes('in a replay: play or pause'));
  });

  it('stands where a link says, though it plays for others, with the events that led there, and goes to both ends by keys on its time line', async () => {
    await open('/?tab=events');
    await steer({ do: 'play' });
    await page.goto(`${replay.url}/?tab=events&at=30`);
    await isAt(30_000);
    expect(await id('replay').getAttribute('data-playing')).toBe('false');
    const rows = page.getByTestId('event-row');
    await until('events', async () => (await rows.count()) > 5, PATIENCE_MS);
    await id('replay-position').focus();
    await page.keyboard.press('End');
    await isAt(known.state.spanMs ?? 0);
    await reads(id('status-phase'), (text) => text.includes('the capture ends here'));
    await page.keyboard.press('Home');
    await isAt(0);
    await until('no event yet', async () => (await rows.count()) === 0, PATIENCE_MS);
    await reads(id('status-phase'), (text) => !text.includes('ends here'));
  });

  it('is dragged to any place by the mouse, and lands on a bookmark that is clicked beside', async () => {
    await open('/?tab=events&at=1');
    await isAt(1000);
    const span = known.state.spanMs ?? 0;
    const box = await id('replay-position').boundingBox();
    if (box === null) throw new Error('no time line');
    // The thumb's middle is 7 px away from the ends.
    const x = (ms: number): number => box.x + 7 + (ms / span) * (box.width - 14);
    const y = box.y + box.height - 14;
    await page.mouse.move(x(1000), y);
    await page.mouse.down();
    await page.mouse.move(x(span * 0.3), y);
    await page.mouse.move(x(span * 0.8), y);
    await page.mouse.up();
    await until('four fifths', async () => Math.abs((await atMs()) - span * 0.8) < span * 0.02, PATIENCE_MS);
    await page.mouse.click(x(opening(0)) + 3, y);
    await isAt(opening(0));
    await reads(id('replay-place'), (text) => text.includes(offsetWords(opening(0))), PATIENCE_MS);
  });

  it('plays as fast as is chosen', async () => {
    await open('/?at=72');
    await isAt(72_000);
    await id('replay-speed').selectOption('max');
    await id('replay-play').click();
    await isAt(known.state.spanMs ?? 0);
    await id('replay-speed').selectOption('0.5');
    await until('the speed', async () => (await id('replay-speed').inputValue()) === '0.5', PATIENCE_MS);
  });

  it.each(Object.entries(LOOKS))('has no serious fault that axe-core finds, %s', async (_, look) => {
    await open('/?tab=captures&at=45', look);
    await isAt(45_000);
    await until('its findings', async () => (await id('replay-finding').count()) === known.findings.length, PATIENCE_MS);
    expect(await seriousFaults(page)).toEqual([]);
  });
});

describe('captures on the page', () => {
  let observe: Synoptic;

  beforeAll(async () => {
    const config = `probes:\n  - { target: "${REFUSED}", every: 500ms, timeout: 1s }\n`;
    observe = await Synoptic.observe([], { config, env: { SYNOPTIC_TOKEN: TOKEN } });
  });
  afterAll(async () => {
    await observe?.[Symbol.asyncDispose]();
  });

  const open = async (query: string, look?: Look): Promise<void> => {
    page = await browser.page(`${observe.url}${query}${query.includes('?') ? '&' : '?'}token=${TOKEN}`, look);
    await until('something heard', async () => (await id('status-phase').getAttribute('data-phase')) === 'observing', PATIENCE_MS);
  };
  const ask = async (path: string): Promise<Response> => fetch(`${observe.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  /** Of ours; findings may freeze others meanwhile. */
  const row = (reason: string) => page.getByTestId('capture').filter({ hasText: reason });

  it('are frozen, described, downloaded and, once one is sure, deleted', async () => {
    await open('/?tab=captures');
    await reads(id('recorder'), (text) => text.includes('flight recorder'), PATIENCE_MS);
    await page.getByLabel('Time before now').selectOption({ label: 'all there is' });
    await page.getByLabel('Reason').fill('checkout was slow');
    await id('freeze').click();
    await until('it is ready', async () => (await row('checkout was slow').getAttribute('data-state')) === 'ready', PATIENCE_MS);
    await reads(row('checkout was slow'), (text) => /asked for · .+ – .+ · .+B · /.test(text));
    await row('checkout was slow').click();
    await id('capture-note').fill('the switch was replaced');
    await page.getByRole('button', { name: 'Add note' }).click();
    await reads(page.locator('.notes'), (text) => text.includes('the switch was replaced'), PATIENCE_MS);
    const capture = await row('checkout was slow').getAttribute('data-id');
    expect(address().get('open')).toBe(`capture:${capture}`);
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: PATIENCE_MS }), id('capture-download').click()]);
    expect(download.suggestedFilename()).toBe(`${capture}.capture`);
    const saved = await download.path();
    expect((await openCapture(saved)).header.frozen?.reason).toBe('checkout was slow');
    const kept = Buffer.from(await (await ask(`/api/v1/captures/${capture}/file`)).arrayBuffer());
    expect((await readFile(saved)).equals(kept)).toBe(true);
    await id('capture-remove').click();
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    expect((await ask(`/api/v1/captures/${capture}`)).status).toBe(200);
    await id('capture-remove').click();
    await id('capture-remove-sure').click();
    await until('it is gone', async () => (await row('checkout was slow').count()) === 0, PATIENCE_MS);
    expect((await ask(`/api/v1/captures/${capture}`)).status).toBe(404);
  });

  it('of a finding are reached from the finding', async () => {
    const port = Number(new URL(REFUSED).port);
    const found = await until(
      'a finding',
      async () => {
        const { open: all } = (await (await ask(`/api/v1/findings?filter=rport%3D${port}`)).json()) as FindingsView;
        return all.find(({ detector }) => detector === 'connect-failure');
      },
      PATIENCE_MS,
    );
    await open(`/?tab=findings&open=finding:${found.id}`);
    await until('the way', async () => (await id('its-capture').count()) === 1, PATIENCE_MS);
    await id('its-capture').click();
    await until('Captures', () => address().get('tab') === 'captures', PATIENCE_MS);
  });

  it('are not shown to whoever has no token, and why', async () => {
    page = await browser.page(`${observe.url}/?tab=captures`);
    await reads(id('no-captures'), (text) => text.includes('need the token'), PATIENCE_MS);
  });

  it.each(Object.entries(LOOKS))('has no serious fault that axe-core finds, %s', async (_, look) => {
    await open('/?tab=captures', look);
    await until('the way to freeze', async () => (await id('freeze').count()) === 1, PATIENCE_MS);
    expect(await seriousFaults(page)).toEqual([]);
  });
});
