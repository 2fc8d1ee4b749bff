import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureList, CaptureSummary } from '../../src/formats/capture/summary.ts';
import { Problem } from '../../src/formats/problem.ts';
import { Captures } from '../../src/sinks/capture/captures.ts';
import { DataFolder } from '../../src/sinks/capture/data-folder.ts';
import { Recorder } from '../../src/sinks/capture/recorder.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { start } from '../core/inputs.ts';
import { Folder, headerOf } from '../sinks/capture/made.ts';
import { ask, serve } from './served.ts';

const TOKEN = 'a-token-of-sixteen-characters';

/** A real server over a real flight recorder. */
async function recorded(stack: AsyncDisposableStack, token: string | null = null) {
  const folder = stack.use(new Folder());
  const data = await DataFolder.open(folder.path, { run: 'run-1' });
  const wallUs = (ns: number): number => start.wallUs + (ns - start.atNs) / 1000;
  const header = headerOf(start);
  const bounds = { windowMs: 1e9, maxBytes: 1e9 };
  const say = (): void => undefined;
  const recorder = stack.use(
    new Recorder({ folder: data.run, header, start, ...bounds, wallUs, known: async () => [], share: () => 1, warn: say }),
  );
  const keep = { keepMs: 1e9, keepBytes: 1e9 };
  const captures = new Captures({ folder: data.captures, recorder, header, ...keep, nowNs: () => start.atNs, wallUs, say });
  stack.defer(() => captures.settle());
  const served = stack.use(await serve({ captures, token }));
  return { server: served.server, folder: data.captures };
}

describe('captures over HTTP', () => {
  it('are frozen, listed, annotated, fetched and removed', async () => {
    await using stack = new AsyncDisposableStack();
    const { server, folder } = await recorded(stack);
    const answer = await ask(server, '/api/v1/captures', {}, 'POST');
    expect(answer.status).toBe(202);
    const { id } = CaptureSummary.parse(answer.json());
    const path = `/api/v1/captures/${id}`;
    expect(answer.headers.location).toBe(path);
    await expect.poll(async () => CaptureSummary.parse((await ask(server, path)).json()).state, { timeout: 5000 }).toBe('ready');
    const { recorder, captures } = CaptureList.parse((await ask(server, '/api/v1/captures')).json());
    expect(recorder?.fault).toBeNull();
    expect(captures.map((capture) => capture.id)).toEqual([id]);
    const body = JSON.stringify({ text: 'the switch' });
    const noted = await fetch(`${server.url}${path}/notes`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect([noted.status, CaptureSummary.parse(await noted.json()).notes[0]?.text]).toEqual([201, 'the switch']);
    const file = await fetch(`${server.url}${path}/file`);
    const copy = join(folder, 'copy');
    await writeFile(copy, Buffer.from(await file.arrayBuffer()));
    expect((await openCapture(copy)).header.frozen?.id).toBe(id);
    expect((await ask(server, path, {}, 'DELETE')).status).toBe(204);
    expect(Problem.parse((await ask(server, path)).json()).code).toBe('NOT_FOUND');
  });

  it('are nobody’s business without the token, and no other page’s with it', async () => {
    await using stack = new AsyncDisposableStack();
    const { server } = await recorded(stack, TOKEN);
    for (const [method, path] of [
      ['GET', '/api/v1/captures'],
      ['POST', '/api/v1/captures'],
      ['DELETE', '/api/v1/captures/20261121T031500-request-1f2e'],
      ['GET', '/api/v1/captures/20261121T031500-request-1f2e/file'],
    ] as const) {
      expect((await ask(server, path, {}, method)).status).toBe(401);
    }
    const other = { authorization: `Bearer ${TOKEN}`, origin: 'https://elsewhere.example' };
    expect((await ask(server, '/api/v1/captures', other, 'POST')).status).toBe(403);
  });

  it.each([
    ['GET', '/api/v1/captures/..%2f..%2fetc', 400],
    ['GET', '/api/v1/captures/20261121T031500-request-1f2e/file', 404],
    ['DELETE', '/api/v1/captures/20261121T031500-request-1f2e', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    await using stack = new AsyncDisposableStack();
    const { server } = await recorded(stack);
    expect((await ask(server, path, {}, method)).status).toBe(status);
  });

  it('are refused with the reason where nothing is recorded', async () => {
    await using served = await serve();
    expect(CaptureList.parse((await ask(served.server, '/api/v1/captures')).json())).toEqual({ recorder: null, captures: [] });
    const refused = await ask(served.server, '/api/v1/captures', {}, 'POST');
    expect([refused.status, Problem.parse(refused.json()).code]).toEqual([503, 'CAPTURE_NOT_KEPT']);
  });
});
