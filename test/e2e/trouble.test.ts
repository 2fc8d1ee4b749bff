import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProbeDetail } from '../../src/formats/probes.ts';
import { until } from '../lab/until.ts';
import { seriousFaults } from './axe.ts';
import { Browser, type Look, openHeld, reads } from './browser.ts';
import { TARGETS, Trouble } from './trouble.ts';

// The views of probes and findings over a real `synoptic observe`, while real servers refuse, are slow, lose SYNs and do not accept.

const LOOKS: Readonly<Record<string, Look>> = {
  'light at 1280×800': { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  'dark on a phone': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
};

let trouble: Trouble;
let browser: Browser;
let page: Page;
let accept: () => void;

beforeAll(async () => {
  trouble = await Trouble.begun();
  browser = await Browser.open(trouble.lab.name);
  accept = await trouble.fillQueue();
}, 60_000);
afterEach(async () => {
  await page.close();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await trouble?.[Symbol.asyncDispose]();
});

const id = (name: string) => page.getByTestId(name);
const at = async (query: string, look?: Look): Promise<void> => {
  page = await browser.page(`${trouble.url}${query}`, look);
  await until('something heard', async () => (await id('status-phase').getAttribute('data-phase')) === 'observing', 30_000);
};
const address = () => new URL(page.url()).searchParams;
const target = (name: string) => page.locator(`[data-testid=target][data-target="${name}"]`);
const opened = (name: string) => `?tab=drift&open=${encodeURIComponent(`probe:${name}`)}`;
/** The number of an attempt with such a mismatch, as the service lists them; null where there is none yet. */
const attemptWith = async (name: string, mismatch: string): Promise<number | null> => {
  const answer = await page.evaluate(
    async (path) => (await (await fetch(path)).json()) as unknown,
    `/api/v1/probes/${encodeURIComponent(name)}`,
  );
  return ProbeDetail.parse(answer).attempts.find((one) => one.mismatch === mismatch)?.attempt ?? null;
};
/** The finding that we made; others on this machine may find their way here, too. */
const ours = () => id('finding').filter({ hasText: 'turns connections away' }).first();

describe('drift', () => {
  it('has each target with how it stands and why, those in trouble first', async () => {
    await at('?tab=drift');
    await until('the refused one dead', async () => (await target(TARGETS.refused).getAttribute('data-health')) === 'dead', 30_000);
    await reads(target(TARGETS.refused), (text) => text.includes('not alive: refused') && text.includes('in a row'));
    await reads(target(TARGETS.healthy), (text) => text.includes('alive: PONG'));
    expect(await id('target').first().getAttribute('data-target')).toBe(TARGETS.refused);
    await reads(id('drift-table'), (text) => text.includes('event loop') && text.includes('network'));
    await reads(id('count-drift'), (text) => text === '4');
  });

  it('opens by keyboard to an attempt’s two lanes, steps through the attempts, and is in the address', async () => {
    await at('?tab=drift');
    await until('targets', async () => (await id('target').count()) === 4);
    await target(TARGETS.healthy).focus();
    await page.keyboard.press('Enter');
    expect(address().get('open')).toBe(`probe:${TARGETS.healthy}`);
    await until('both lanes', async () => (await page.locator('.lane-piece.kernel').count()) >= 2);
    const lanes = page.locator('.two-lanes svg').first();
    expect(await lanes.getAttribute('aria-label')).toMatch(/^Application: connect .*Kernel: SYN_SENT .*ESTABLISHED /);
    await until('three attempts', async () => Number(await id('attempt-slider').getAttribute('max')) >= 2, 20_000);
    await id('attempt-slider').focus();
    await page.keyboard.press('ArrowLeft');
    const before = await until('an attempt in the address', () => address().get('attempt'));
    await reads(id('probe-details').locator('h2'), (text) => text.endsWith(`attempt ${before}`));
    await page.reload();
    await reads(id('probe-details').locator('h2'), (text) => text.endsWith(`attempt ${before}`));
    await id('attempt-slider').focus();
    await page.keyboard.press('Escape');
    expect([await id('probe-details').count(), address().get('open')]).toEqual([0, null]);
  });

  it('shows a lost SYN as masked loss, with the second that it took and the moment it was sent again', async () => {
    await at('?tab=drift');
    const lost = await until('an attempt that lost its SYN', () => attemptWith(TARGETS.lossy, 'masked-loss'), 30_000);
    await page.goto(`${trouble.url}${opened(TARGETS.lossy)}&attempt=${lost}`);
    await reads(id('verdict'), (text) => text.includes('masked loss: it went well, and the kernel had to send again'));
    expect(await page.locator('.lane-piece.again').count()).toBe(1);
    expect(await page.locator('.two-lanes .mark title').first().textContent()).toMatch(/SYN sent again \(rto/);
    await reads(id('phases'), (text) => text.includes('SYN sent again'));
    await id('probe-socket').click();
    expect(address().get('open')).toMatch(/^sock:\d+$/);
  });

  it('leads from an attempt to the life of its socket, where the application’s lane stands over the kernel’s, and back', async () => {
    await at(opened(TARGETS.slow));
    await until('both lanes', async () => (await page.locator('.lane-piece.kernel').count()) >= 2);
    await id('probe-socket').click();
    const life = id('life');
    await until('the application’s lane', async () => (await life.locator('.lane-piece.application').count()) >= 2);
    await until('the kernel’s', async () => (await life.locator('.slice').count()) >= 2);
    await reads(life, (text) => text.includes('seen from its beginning'));
    expect(await seriousFaults(page)).toEqual([]);
    await id('socket-probe').click();
    await reads(id('probe-details').locator('h2'), (text) => text.startsWith(TARGETS.slow));
  });

  it('draws a refusal that the kernel knew of as a connect that failed, with its RST', async () => {
    await at(opened(TARGETS.refused));
    await reads(id('verdict'), (text) => text.startsWith('not alive: refused'));
    await until('a failed lane', async () => (await page.locator('.lane-piece.application.failed').count()) === 1);
  });

  for (const [name, look] of Object.entries(LOOKS)) {
    it(`has no serious fault that axe-core finds, ${name}`, async () => {
      await at(opened(TARGETS.lossy), look);
      await until('both lanes', async () => (await page.locator('.lane-piece.kernel').count()) >= 2);
      expect(await seriousFaults(page)).toEqual([]);
    });
  }
});

describe('events', () => {
  it('have the attempts of probes among them, and lead from one to its lanes', async () => {
    await at('?tab=events');
    const attempt = page.locator('[data-testid=event-row][data-kind=probe]').filter({ hasText: ':7003' }).first();
    await openHeld(page, attempt);
    await reads(id('details'), (text) => text.includes('not alive: refused'));
    await id('its-attempt').click();
    await reads(id('verdict'), (text) => text.startsWith('not alive: refused'));
    expect(await id('broken-part').count()).toBe(0);
  });
});

describe('findings', () => {
  it('stand above every view with the worst of them, and lead to the evidence', async () => {
    await at('');
    await reads(id('worst-finding'), (text) => text.startsWith('critical'), 30_000);
    await id('worst-finding').click();
    expect(address().get('tab')).toBe('findings');
    expect(address().get('open')).toMatch(/^finding:/);
    await reads(
      id('finding-details'),
      (text) => text.includes('Evidence') && text.includes('What speaks against it') && text.includes('Advice'),
    );
  });

  it('are narrowed by severity, which the address keeps', async () => {
    await at('?tab=findings');
    await reads(ours(), (text) => text.includes('critical'), 30_000);
    await page.getByRole('button', { name: /^info \d+$/ }).click();
    expect(address().get('severity')).toBe('info');
    expect(await ours().count()).toBe(0);
    await page.getByRole('button', { name: /^all \d+$/ }).click();
    await until('it again', async () => (await ours().count()) === 1);
  });

  for (const [name, look] of Object.entries(LOOKS)) {
    it(`have no serious fault that axe-core finds, one open, ${name}`, async () => {
      await at('?tab=findings', look);
      await until('it', async () => (await ours().count()) === 1, 30_000);
      await ours().click();
      await until('its evidence', async () => (await id('finding-details').count()) === 1);
      expect(await seriousFaults(page)).toEqual([]);
      const overflows = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      expect(overflows).toBe(false);
    });
  }

  it('move to the resolved ones with what cleared them, once the listener accepts', async () => {
    await at('?tab=findings');
    await until('it', async () => (await ours().count()) === 1, 30_000);
    const key = await ours()
      .click()
      .then(() => address().get('open') ?? '');
    accept();
    await until(
      'resolved',
      async () => (await page.locator('[data-testid=finding][aria-expanded=true]').getAttribute('data-phase')) === 'resolved',
      30_000,
    );
    await reads(id('finding-details'), (text) => text.includes('resolved, was critical'));
    // Also for somebody who comes later.
    await page.goto(`${trouble.url}/?tab=findings&open=${encodeURIComponent(key)}`);
    await reads(id('finding-details'), (text) => text.includes('resolved, was critical'));
  });
});

it('made no error, no violation of the page’s policy and no request to anybody else', async () => {
  await at('?tab=drift');
  expect(browser.faults).toEqual([]);
  const { host } = new URL(trouble.url);
  expect(browser.requests.filter((one) => new URL(one).host !== host)).toEqual([]);
});
