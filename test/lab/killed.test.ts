import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { start } from '../core/inputs.ts';
import { Folder, headerOf, headOf } from '../sinks/capture/made.ts';

const WRITER = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
const BEGIN = JSON.stringify({ header: headerOf(start), head: headOf(start) });
const KILLS = 200;
/** At once: most of a writer's life is its start. */
const WRITERS = 4;

/** What the writer said was safe, and how many inputs, in order from the first, its file holds; `torn` where it ends within a chunk. */
async function killed(path: string, afterMs: number): Promise<{ safe: number; read: number; torn: boolean }> {
  const child = spawn(process.execPath, [WRITER, path, BEGIN], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  await delay(afterMs);
  child.kill('SIGKILL');
  await closed;
  const safe = Number(said.trimEnd().split('\n').at(-1));
  let read = 0;
  let torn = false;
  for await (const inputs of (await openCapture(path)).inputs()) {
    for (const input of inputs) {
      if (input.type === 'unsampled') torn = !input.why.includes('nothing more was written');
      else if (input.type === 'kernel' && input.text.startsWith(`${++read} `)) continue;
      else expect(input.type).toBe('start');
    }
  }
  return { safe, read, torn };
}

it('loses nothing that was synced to 200 kills at random moments', async () => {
  using folder = new Folder();
  let next = 0;
  let torn = 0;
  const work = async (): Promise<void> => {
    for (let kill = next++; kill < KILLS; kill = next++) {
      const result = await killed(folder.file(String(kill)), Math.random() * 30);
      expect(result.safe).toBeGreaterThan(0);
      expect(result.read).toBeGreaterThanOrEqual(result.safe);
      if (result.torn) torn++;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
  expect(next).toBeGreaterThanOrEqual(KILLS);
  expect(torn).toBeLessThan(KILLS);
}, 180_000);
