import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventsOf } from '../../src/commands/capture-events.ts';
import { Probing } from '../../src/commands/probing.ts';
import { RecordedSession } from '../../src/commands/recorded-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Event } from '../../src/core/model/event.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';
import { Folder } from '../sinks/capture/made.ts';
import { Answering } from '../sources/probes/asking.ts';

// A whole observation of this machine, with its flight recorder; then what it has recorded, without the machine.

const QUEUE = fileURLToPath(new URL('../lab/queue.py', import.meta.url));

async function replayed(path: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const some of eventsOf(await openCapture(path))) events.push(...some);
  return events;
}

/** Connections that open and close, and a listener whose accept queue is soon full. */
async function happenings(lab: LabNamespace): Promise<AsyncDisposable> {
  const child = spawn('ip', ['netns', 'exec', lab.name, 'python3', QUEUE, '2', '8'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  child.stdin.write('\n');
  await lines.next();
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
    },
  };
}

it('a run and the replay of its own capture tell the same events: probes, findings, numbers and all', async () => {
  using folder = new Folder();
  await using lab = new LabNamespace();
  await using server = await Answering.by((socket) => socket.on('data', () => socket.write('+PONG\r\n')));
  const targets = `probes:\n  - { target: 'redis://127.0.0.1:${server.port}', every: 500ms }\n  - tcp://127.0.0.2:1\n`;
  const config = { ...parseConfig(targets, 'test', {}), data: folder.path };
  const live: Event[] = [];
  const of = (kind: Event['kind']): Event[] => live.filter((event) => event.kind === kind);
  const warned: string[] = [];
  const warn = (message: string): void => void warned.push(message);
  let frozen = '';
  {
    await using session = await RecordedSession.open({
      ...{ config, user: null, warn, say: () => undefined, onEnd: warn },
      onEvents: (events) => {
        // Where a script cannot attach here, the session begins again.
        if (events[0]?.seq === 1) live.length = 0;
        live.push(...events);
      },
    });
    const captures = session.flight?.captures;
    await using _probing = new Probing({
      host: 'here',
      targets: config.probes,
      log: { error: () => undefined },
      emit: (input) => session.live.take(input),
    });
    await using _child = await happenings(lab);
    await until('a finding and attempts', () => of('finding').length > 0 && of('probe').length >= 6, 20_000);
    const wish = { trigger: 'request', reason: null, beforeMs: null, afterMs: 0 } as const;
    const { id } = captures?.freeze(wish) ?? { id: '' };
    await until('it is frozen', async () => (await captures?.get(id))?.state === 'ready');
    frozen = captures?.catalogue.pathOf(id) ?? '';
    // What comes after belongs to another segment.
    await delay(1000);
  }
  const [run = ''] = readdirSync(join(folder.path, 'recorder'));
  const again = await replayed(join(folder.path, 'recorder', run));
  expect(again.length).toBe(live.length);
  expect(again).toEqual(live);
  expect(JSON.stringify(again)).toBe(JSON.stringify(live));
  expect(live.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['state', 'probe', 'finding']));
  const part = await replayed(frozen);
  expect(part.length).toBeGreaterThan(0);
  expect(part.length).toBeLessThan(live.length);
  expect(part).toEqual(live.slice(0, part.length));
  expect(part.some(({ kind }) => kind === 'finding')).toBe(true);
});
