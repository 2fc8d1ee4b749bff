import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';
import { Browser, reads } from './browser.ts';

// The page of a real `synoptic observe` in a real browser, while real connections are made. One story from top to bottom: each test goes
// on where the one before left the page.

const lab = new LabNamespace();
let client: Actor;
let server: Actor;
let port: number;
let observe: Synoptic;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [observe, browser] = await Promise.all([Synoptic.observe(), Browser.open()]);
  client = await lab.actor();
  server = await lab.actor();
  port = await server.number('serve', { host: '127.0.0.1' });
  page = await browser.page(`${observe.url}?tab=events`);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await observe?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const id = (name: string) => page.getByTestId(name);
const phase = async () => id('status-phase').getAttribute('data-phase');
const becomes = (wanted: string, timeoutMs?: number) => until(`phase ${wanted}`, async () => (await phase()) === wanted, timeoutMs);
const number = async (name: string) => Number((await id(name).textContent())?.replace(/\D/g, ''));
const rows = () => page.locator('[data-testid=event-row]');

async function filter(text: string): Promise<void> {
  await id('filter-input').fill(text);
  await id('filter-input').press('Enter');
}

describe('the page', () => {
  it('says that it observes, which machine, and that nothing is missing', async () => {
    await becomes('observing');
    await until('complete', async () => (await id('completeness').getAttribute('data-complete')) === 'true');
    await reads(page.locator('.header'), (text) => text.includes('kernel') && text.includes('bpftrace'));
  });

  it('says what it costs itself, and opens to each part of it', async () => {
    const summary = id('cost').locator('summary');
    await reads(summary, (text) => /^cost (under )?\d\.\d\d cores? · \d+ MB · [\d,]+ lines\/s · every socket$/.test(text));
    await summary.click();
    await reads(id('cost').locator('.panel'), (text) =>
      /bpftrace(under )?\d\.\d\d cores?, \d+ MB.*live clients1\d+ events? and/.test(text),
    );
    await summary.click();
    expect(await id('cost').locator('.panel').isVisible()).toBe(false);
  });

  it('counts real connections in the tiles of their states, up and down', async () => {
    const before = await number('state-count-ESTABLISHED');
    const made: number[] = [];
    for (let count = 0; count < 7; count++) made.push(await client.number('connect', { host: '127.0.0.1', port }));
    // Both ends of each, of one machine; the page's own connections count, too.
    const most = await until('14 more', async () => {
      const now = await number('state-count-ESTABLISHED');
      return now >= before + 14 ? now : null;
    });
    for (const index of made) await client.does('end', { index });
    await until('14 fewer', async () => (await number('state-count-ESTABLISHED')) <= most - 14);
    await until('7 in TIME_WAIT', async () => (await number('state-count-TIME_WAIT')) >= 7);
  });

  it('shows their events, newest first, with owner and what happened', async () => {
    await client.does('burst', { host: '127.0.0.1', port, count: 1 });
    const row = rows()
      .filter({ hasText: `:${port}` })
      .filter({ hasText: 'FIN_WAIT2' })
      .first();
    const text = await reads(row, (words) => words.includes('127.0.0.1'));
    expect(text).toMatch(/state/);
    expect(text).toContain(String(client.pid));
    const seqs = await rows().evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-seq'))));
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
  });

  it('narrows to a filter, and says in its address what is in force', async () => {
    const other = await server.number('serve', { host: '127.0.0.1' });
    await filter(`port=${other}`);
    await until('the filter is in force', async () => (await id('filter-in-force').getAttribute('data-filter')) === `port=${other}`);
    await client.does('burst', { host: '127.0.0.1', port, count: 3 });
    await client.does('burst', { host: '127.0.0.1', port: other, count: 2 });
    await until('its rows', async () => (await rows().count()) >= 20);
    const texts = await rows().evaluateAll((all) =>
      all.filter((one) => one.getAttribute('data-kind') !== 'gap').map((one) => one.textContent ?? ''),
    );
    for (const text of texts) expect(text).toContain(String(other));
    expect(page.url()).toContain(String(other));
  });

  it('shows what is wrong with a bad filter in its place, and keeps the good one', async () => {
    const before = await id('filter-in-force').getAttribute('data-filter');
    await filter('prot=1');
    expect(await reads(id('filter-error'), (text) => text.includes('prot'))).toMatch(/FILTER term 1.*expected.*port.*FILTER_SYNTAX/s);
    expect(await id('filter-in-force').getAttribute('data-filter')).toBe(before);
    await filter('');
    await until('no filter', async () => (await id('filter-in-force').getAttribute('data-filter')) === '');
    expect(await id('filter-error').count()).toBe(0);
  });

  it('shows hostile names as text', async () => {
    await client.does('rename', { bytes: Buffer.from('<img src=x>\n').toString('base64') });
    // A thread's name is read anew once a second.
    await until('its new name', async () => {
      await client.does('burst', { host: '127.0.0.1', port, count: 1 });
      return (await rows().filter({ hasText: '<img src=x>' }).count()) > 0;
    });
    expect(await page.locator('.rows img').count()).toBe(0);
  });

  it('stays smooth at 5,000 events a second: at least 30 frames', async () => {
    // A whole connection is eleven events, TIME_WAIT among them.
    const storm = client.does('burst', { host: '127.0.0.1', port, count: 2000, perSecond: 500, parallel: 32 });
    await until('the storm', async () => Number((await page.locator('.rate b').textContent())?.replace(/\D/g, '')) > 3000);
    const fps = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const startMs = performance.now();
          let frames = 0;
          const frame = () => {
            frames++;
            const spentMs = performance.now() - startMs;
            if (spentMs < 1500) requestAnimationFrame(frame);
            else resolve((frames * 1000) / spentMs);
          };
          requestAnimationFrame(frame);
        }),
    );
    await storm;
    expect(fps).toBeGreaterThanOrEqual(30);
  });

  it('turns blind with bpftrace, sees again with it, and does not forget that something is missing', async () => {
    const running = await observe.bpftrace();
    process.kill(running.pid, 'SIGKILL');
    await becomes('blind', 5000);
    await becomes('observing', 15_000);
    expect(await id('completeness').getAttribute('data-complete')).toBe('false');
    expect(await reads(id('completeness'), (text) => text.includes('blind for'))).toMatch(/incomplete, observing since/);
    await client.does('burst', { host: '127.0.0.1', port, count: 1 });
    await until(
      'events again',
      async () =>
        (await rows()
          .filter({ hasText: `:${port}` })
          .count()) > 0,
    );
  });

  it('comes back by itself where the connection was cut, and says what it missed', async () => {
    const cut = await browser.page('about:blank');
    let whole = true;
    let connection: WebSocketRoute | null = null;
    await cut.routeWebSocket(
      (url) => url.pathname === '/live',
      async (socket) => {
        connection = socket;
        if (whole) socket.connectToServer();
        else await socket.close();
      },
    );
    await cut.goto(`${observe.url}?tab=events`);
    const said = cut.getByTestId('status-phase');
    await until('observing', async () => (await said.getAttribute('data-phase')) === 'observing', 30_000);
    await until('rows', async () => (await cut.getByTestId('event-row').count()) > 0, 30_000);
    whole = false;
    await (connection as WebSocketRoute | null)?.close();
    await until('disconnected', async () => (await said.getAttribute('data-phase')) === 'disconnected', 30_000);
    await client.does('burst', { host: '127.0.0.1', port, count: 3 });
    whole = true;
    const row = cut.locator('[data-testid=event-row][data-kind=missed]').first();
    const words = await reads(row, (text) => text.includes('this page was disconnected for'), 30_000);
    // Both ends of three connections, from opening to TIME_WAIT; others on this machine may have made more.
    expect(Number(/; ([\d,]+) events of any kind happened meanwhile/.exec(words)?.[1]?.replaceAll(',', ''))).toBeGreaterThanOrEqual(30);
    await reads(cut.getByTestId('completeness'), (text) => /this page missed [\d,]+ events/.test(text), 30_000);
    await cut.close();
  });

  it('did nothing that it should not: no error, no violation of its policy, no request to anybody else', () => {
    expect(browser.faults).toEqual([]);
    const { host } = new URL(observe.url);
    expect(browser.requests.length).toBeGreaterThan(3);
    expect(browser.requests.filter((address) => new URL(address).host !== host)).toEqual([]);
  });

  it('says that it is disconnected as soon as the service has ended, and trusts nothing on it any more', async () => {
    observe.kill('SIGKILL');
    await becomes('disconnected', 30_000);
    await reads(id('banner-disconnected'), (text) => text.includes('Disconnected'));
    expect(await page.locator('.page.past').count()).toBe(1);
    await reads(page.locator('.mode'), (text) => text === 'NOT LIVE');
  });
});
