import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';
import { seriousFaults } from './axe.ts';
import { Browser, type Look, openHeld, reads } from './browser.ts';

// Each view over the recorded incident, as somebody sees it who has no root: by mouse, by keyboard, on a phone, in the dark.

const BUILT = fileURLToPath(new URL('../../dist/viewer', import.meta.url));
const FIRST_LOAD_KB = 90;
const VIEWS = ['states', 'events', 'connections', 'time-wait', 'drift', 'findings', 'captures'] as const;
const LOOKS: Readonly<Record<string, Look>> = {
  'light at 1280×800': { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  'dark on a phone': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  'dark at 1280×800': { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
};

let observe: Synoptic;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [observe, browser] = await Promise.all([Synoptic.observe(['--demo']), Browser.open()]);
});
afterEach(async () => {
  await page.close();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await observe?.[Symbol.asyncDispose]();
});

const id = (name: string) => page.getByTestId(name);
const at = async (query: string, look?: Look): Promise<void> => {
  page = await browser.page(`${observe.url}${query}`, look);
  await until('something heard', async () => (await id('status-phase').getAttribute('data-phase')) === 'observing', 30_000);
};
const address = () => new URL(page.url()).searchParams;
/** Of the connection rows, once there are some. */
const rows = () => page.getByTestId('connection-row');

describe('every view', () => {
  for (const [name, look] of Object.entries(LOOKS)) {
    it.each(VIEWS)(`%s has no serious fault that axe-core finds, ${name}`, async (view) => {
      await at(`?tab=${view}`, look);
      await until('its body', async () => (await page.locator('.main > *').count()) > 0);
      expect(await seriousFaults(page)).toEqual([]);
    });
  }

  it('has none either with a socket open, a completion offered and a filter refused', async () => {
    await at('?tab=connections&sort=-since', LOOKS['dark on a phone']);
    await until('rows', async () => (await rows().count()) > 0);
    await page.getByRole('grid', { name: 'Connections' }).focus();
    await page.keyboard.press('ArrowDown');
    await until('a slice of its life', async () => (await page.locator('.slice').count()) > 0);
    await id('filter-input').fill('prot=2');
    await id('filter-input').press('Enter');
    await reads(id('filter-error'), (text) => text.includes('prot'));
    await id('filter-input').fill('state=');
    await until('something offered', async () => (await page.getByRole('option').count()) > 3);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is reached by its key, and back again by the browser', async () => {
    await at('');
    await page.keyboard.press('4');
    expect(address().get('tab')).toBe('time-wait');
    await page.keyboard.press('3');
    expect(await id('tab-connections').getAttribute('aria-current')).toBe('page');
    await page.goBack();
    await until('TIME_WAIT again', async () => (await id('tab-time-wait').getAttribute('aria-current')) === 'page');
  });

  it(`weighs at most ${FIRST_LOAD_KB} kB gzip, all of it`, () => {
    const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.gz'));
    expect(files).toContain('index.html.gz');
    const bytes = files.reduce((sum, file) => sum + statSync(join(BUILT, file)).size, 0);
    expect(bytes / 1000).toBeLessThanOrEqual(FIRST_LOAD_KB);
  });
});

describe('the state machine', () => {
  it('draws the eleven states, and arrows that say how many a second go along them', async () => {
    await at('');
    expect(await page.locator('.diagram .tile').count()).toBe(11);
    await until('an arrow that flows', async () => (await page.locator('.edge.flowing .rate').count()) > 0, 30_000);
    expect(await page.locator('.edge.impossible').count()).toBe(0);
  });

  it('filters everything else by a click on a state, and says so in the address', async () => {
    await at('');
    await id('state-tile-ESTABLISHED').click();
    await until('the filter', async () => (await id('filter-in-force').getAttribute('data-filter')) === 'state=ESTABLISHED');
    expect(address().get('filter')).toBe('state=ESTABLISHED');
    expect(await id('state-tile-ESTABLISHED').getAttribute('aria-pressed')).toBe('true');
    await id('tab-connections').click();
    await until('rows', async () => (await rows().count()) > 0);
    const states = await rows().evaluateAll((all) => all.map((row) => row.getAttribute('data-state')));
    expect(new Set(states)).toEqual(new Set(['ESTABLISHED']));
  });
});

describe('a socket', () => {
  it('opens to its life by keyboard alone, closes by Escape, and is in the address meanwhile', async () => {
    await at('?tab=connections');
    await until('rows', async () => (await rows().count()) > 2);
    await page.getByRole('grid', { name: 'Connections' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const open = await until('what is open', () => address().get('open'));
    expect(open).toMatch(/^sock:\d+$/);
    await until('a slice of its life', async () => (await page.locator('.slice').count()) > 0);
    await page.keyboard.press('Escape');
    expect([await id('life').count(), address().get('open')]).toEqual([0, null]);
  });

  it('opens from a link, and its whole life grows as it happens', async () => {
    await at('?tab=events');
    // Wait for one that begins, and follow it to its end.
    const begun = page.getByTestId('event-row').filter({ hasText: 'CLOSE → SYN_SENT' }).first();
    await openHeld(page, begun);
    await id('open-socket').click();
    const link = page.url();
    expect(await reads(id('life'), (text) => text.includes('seen from its beginning'))).toContain('SYN_SENT');
    await page.goto(link);
    await reads(id('life').locator('h2'), (text) => text.includes('socket'));
  });

  it('says what is the matter where a link leads to one that nobody knows', async () => {
    await at('?tab=connections&open=sock:999999');
    await reads(id('life'), (text) => text.includes('Nothing is remembered of socket 999999'));
  });
});

describe('the filter', () => {
  it('completes terms and values by keyboard, and marks where the service objects', async () => {
    await at('?tab=events');
    await page.keyboard.press('/');
    await page.keyboard.type('sta');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('esta');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    expect((await id('filter-input').inputValue()).trim()).toBe('state=ESTABLISHED');
    await page.keyboard.press('Enter');
    await until('it is in force', async () => (await id('filter-in-force').getAttribute('data-filter')) === 'state=ESTABLISHED');
    await id('filter-input').fill('port=1 prot=2');
    await id('filter-input').press('Enter');
    expect(await reads(id('filter-error').locator('pre'), (text) => text.includes('▲'))).toBe(`port=1 prot=2\n${' '.repeat(7)}▲`);
  });
});

describe('TIME_WAIT', () => {
  it('shows who waits by age, the pools of ports, whose range this old recording does not know, and the ledger, by what one likes', async () => {
    await at('?tab=time-wait');
    await until('a row of the heat map', async () => (await page.locator('.heat tbody tr').count()) > 0, 30_000);
    await reads(page.locator('.pools'), (text) => text.includes('the range of local ports is not known'));
    await page.getByRole('button', { name: 'owner', exact: true }).click();
    expect(address().get('by')).toBe('owner');
    await reads(page.locator('.ledger thead'), (text) => text.startsWith('owner'));
  });
});

describe('drift', () => {
  it('says of a recording that it probes nothing, and how to probe', async () => {
    await at('?tab=drift');
    await reads(id('no-probes'), (text) => text.includes('A recording probes nothing') && text.includes('probes:'));
  });
});

describe('captures', () => {
  it('says of a recording that nothing is recorded, and how to record', async () => {
    await at('?tab=captures');
    await reads(id('no-captures'), (text) => text.includes('A recording records nothing') && text.includes('--data DIR'));
    expect((await id('freeze').count()) + (await id('replay').count())).toBe(0);
  });
});

describe('findings', () => {
  it('says whether anything is wrong, and what is not known where a link leads to a finding of another run', async () => {
    await at('?tab=findings&open=finding:accept-queue-999');
    await reads(id('finding-details'), (text) => text.includes('does not know this finding'));
    await until('a list, or why there is none', async () => (await id('finding').count()) + (await id('no-findings').count()) > 0);
  });
});

describe('the header', () => {
  it('looks broken within 2 s of the service’s last word though the connection stands, and well again when it speaks', async () => {
    page = await browser.page('about:blank');
    // Its time is ours: two seconds are two seconds however slow the machine is.
    await page.clock.install();
    await page.goto(observe.url);
    await until('observing', async () => (await id('status-phase').getAttribute('data-phase')) === 'observing');
    observe.kill('SIGSTOP');
    try {
      // Two seconds in all. It cannot be paused at a moment that has passed by the time it hears of it.
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
      await page.clock.runFor(1000);
      // No more of its time passes.
      await until('stale', async () => (await id('status-phase').getAttribute('data-phase')) === 'stale', 30_000);
      await reads(id('banner-stale'), (text) => text.includes('Stale'));
      expect(await page.locator('.page.past').count()).toBe(1);
    } finally {
      observe.kill('SIGCONT');
      // It is the clock of all pages to come, too.
      await page.clock.resume();
    }
    await until('observing', async () => (await id('status-phase').getAttribute('data-phase')) === 'observing', 30_000);
  });

  it('opens to hooks and cost by keyboard, and folds them again by Escape', async () => {
    await at('');
    const summary = id('hooks').locator('summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    await until('hooks', () => id('hooks').locator('.panel').isVisible());
    await page.keyboard.press('Escape');
    await until('folded', async () => !(await id('hooks').locator('.panel').isVisible()));
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('opens its help at the beginning, and closes it by Escape', async () => {
    await at('');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Help' });
    await until('help', () => help.isVisible());
    expect(await help.evaluate((element) => element.scrollTop)).toBe(0);
    await page.keyboard.press('Escape');
    await until('no help', async () => !(await help.isVisible()));
  });

  it('switches all times between UTC and local by one key, and keeps to it', async () => {
    await at('?tab=events');
    await page.keyboard.press('t');
    await reads(page.locator('.tools'), (text) => text.includes('local'));
    await page.reload();
    await reads(page.locator('.tools'), (text) => text.includes('local'));
    await page.keyboard.press('t');
  });
});

describe('all of that', () => {
  it('made no error, no violation of the page’s policy and no request to anybody else', async () => {
    await at('');
    expect(browser.faults).toEqual([]);
    const { host } = new URL(observe.url);
    expect(browser.requests.filter((one) => new URL(one).host !== host)).toEqual([]);
  });
});
