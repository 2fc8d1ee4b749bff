import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../lab/until.ts';

/** As root, without a network of its own to talk to: kept from asking anybody anything. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const CHROMIUM = '/usr/bin/chromium';

/** A program that starts it there: what launches it can only name a file. */
function inside(netns: string, folder: string): string {
  const file = join(folder, 'chromium-inside');
  writeFileSync(file, `#!/bin/sh\nexec nsenter --net=/run/netns/${netns} ${CHROMIUM} "$@"\n`, { mode: 0o755 });
  return file;
}

/** How a page is looked at, where that is not a light desktop of 1400 × 900. */
export interface Look {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Debian's chromium with a fresh profile, and all that a page did which it should not. Ended when disposed of. */
export class Browser implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #profile: string;
  /** Console errors, uncaught errors, violations of the content security policy. */
  readonly faults: string[] = [];
  /** Every address that was asked for, WebSockets too. */
  readonly requests: string[] = [];

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
  }

  /** @param netns a network namespace to run in, by name: only from there are its addresses reached. */
  static async open(netns?: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'synoptic-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: netns === undefined ? CHROMIUM : inside(netns, profile),
      headless: true,
      args: FLAGS,
      viewport: { width: 1400, height: 900 },
    });
    return new Browser(context, profile);
  }

  async page(url: string, look: Look = {}): Promise<Page> {
    const page = await this.#context.newPage();
    if (look.viewport !== undefined) await page.setViewportSize(look.viewport);
    if (look.colorScheme !== undefined) await page.emulateMedia({ colorScheme: look.colorScheme });
    page.on('console', (message) => message.type() === 'error' && this.faults.push(message.text()));
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('websocket', (socket) => this.requests.push(socket.url()));
    // A violation is also told on the console, but the event cannot be silenced by it.
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** Waits until what stands there fulfils `fits`, and gives it. */
export async function reads(locator: Locator, fits: (text: string) => boolean, timeoutMs = 10_000): Promise<string> {
  let last = '';
  return until(
    'words on the page',
    async () => {
      last = (await locator.textContent({ timeout: timeoutMs })) ?? '';
      return fits(last) ? last || ' ' : null;
    },
    timeoutMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it reads ${JSON.stringify(last)}`);
  });
}

/** Stops the list of events with such a row in it, and opens that: a row that flows has moved on before a click is there. */
export async function openHeld(page: Page, row: Locator, timeoutMs = 30_000): Promise<void> {
  await until(
    'such a row in a list that stands still',
    async () => {
      if ((await row.count()) === 0) return false;
      await page.getByTestId('pause').click();
      if ((await row.count()) > 0) return true;
      await page.getByTestId('pause').click();
      return false;
    },
    timeoutMs,
  );
  await row.click();
}
