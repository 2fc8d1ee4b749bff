import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Browser } from '../e2e/browser.ts';
import { until } from '../lab/until.ts';
import { MAIN } from './places.ts';

const PATIENCE_MS = 60_000;

/** From the command `synoptic replay FILE` until a browser, which runs already, shows that it plays: seconds. */
export async function secondsToOpen(file: string, browser: Browser, signal: AbortSignal): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [MAIN, 'replay', file, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  const closed = once(child, 'close');
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const url = await until('the replay', () => /^serving (\S+)$/m.exec(said)?.[1], PATIENCE_MS);
    const page = await browser.page(url);
    const position = page.locator('[data-testid=replay]');
    await until('that it plays', async () => Number(await position.getAttribute('data-at', { timeout: PATIENCE_MS })) > 0, PATIENCE_MS);
    const seconds = (performance.now() - beganMs) / 1000;
    await page.close();
    return seconds;
  } finally {
    child.kill('SIGTERM');
    await closed.catch(() => undefined);
  }
}
