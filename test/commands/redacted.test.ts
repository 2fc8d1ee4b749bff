import { appendFileSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coreOptions } from '../../src/commands/capture-core.ts';
import { eventsOf } from '../../src/commands/capture-events.ts';
import { exportCapture } from '../../src/commands/export.ts';
import { openRedacted, redacted } from '../../src/commands/redacted.ts';
import { report } from '../../src/commands/report.ts';
import { LineDecoder } from '../../src/core/decode/index.ts';
import type { Event } from '../../src/core/model/event.ts';
import { RedactKey } from '../../src/export/redact/key.ts';
import { Redaction } from '../../src/export/redact/redaction.ts';
import { printJsonChunk } from '../../src/formats/capture/file/chunk.ts';
import { type Capture, openCapture } from '../../src/sources/replay/capture-file.ts';
import { allInputs, captureOf, goldens } from '../lab/golden.ts';
import { Folder, writeCapture } from '../sinks/capture/made.ts';
import { header, inputs, note, SECRETS } from './house.ts';

const KEY = new RedactKey(Buffer.alloc(32, 42));
const nobody = (): void => undefined;

interface Named {
  readonly addresses: Set<string>;
  readonly links: Set<string>;
  readonly processes: Set<string>;
  readonly devices: Set<string>;
}

/** Whatever a capture names, by the decoder's own word. */
async function namedIn(capture: Capture): Promise<Named> {
  const named: Named = { addresses: new Set(), links: new Set(), processes: new Set(), devices: new Set() };
  const ends = (some: { laddr?: string | null; raddr?: string | null; comm?: string | null }): void => {
    for (const address of [some.laddr, some.raddr]) if (address != null) named.addresses.add(address);
    if (some.comm != null && some.comm !== '') named.processes.add(some.comm);
  };
  const decoder = new LineDecoder({
    record: (record) => {
      if ('laddr' in record) ends(record);
      if (record.type !== 'neighbour') return;
      named.addresses.add(record.address);
      named.devices.add(record.device);
      for (const link of [record.oldLink, record.newLink]) if (link !== null) named.links.add(link);
    },
    fault: nobody,
  });
  for (const input of await allInputs(capture)) {
    if (input.type === 'kernel') decoder.write(input.text);
    else if (input.type === 'sockets') input.sockets.forEach(ends);
    else if (input.type === 'queues') [...(input.listeners ?? []), ...(input.waiting ?? [])].forEach(ends);
  }
  return named;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What is said of the original with each name's stand-in in its place. A process may be called as words of ours are: where it stands tells. */
function translator({ addresses, links, processes, devices }: Named, redaction: Redaction): (text: string) => string {
  const standIns = new Map<string, string>();
  for (const address of addresses) {
    const standIn = redaction.address(address) ?? '';
    standIns.set(address, standIn);
    // A network is written as its first address.
    if (!address.includes(':')) standIns.set(address.replace(/\d+$/, '0/24'), standIn.replace(/\d+$/, '0/24'));
  }
  for (const link of links) standIns.set(link, redaction.link(link.replaceAll(':', '')).match(/../g)?.join(':') ?? '');
  for (const device of devices) standIns.set(device, redaction.device(device));
  const words = [...standIns.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const named = new RegExp(`(?<![\\w.:])(?:${words.join('|')})(?![\\w])`, 'g');
  const owner = new RegExp(
    `(?<="comm":")(?:${[...processes].map(escaped).join('|')})(?=")|\\b(?:${[...processes].map(escaped).join('|')})(?=\\[\\d+\\])`,
    'g',
  );
  return (text) => text.replace(named, (found) => standIns.get(found) ?? found).replace(owner, (found) => redaction.process(found));
}

async function events(capture: Capture): Promise<Event[]> {
  const all: Event[] = [];
  for await (const some of eventsOf(capture)) all.push(...some);
  return all;
}

describe('a redacted golden', () => {
  it.each(goldens())('%s tells the same, findings too, of stand-ins', async (name) => {
    const original = await openCapture(captureOf(name));
    const redaction = new Redaction(KEY);
    const translated = translator(await namedIn(original), redaction);
    const before = await events(original);
    const after = await events(redacted(original, redaction, nobody));
    expect(after.length).toBe(before.length);
    expect(after.map((event) => JSON.stringify(event))).toEqual(before.map((event) => translated(JSON.stringify(event))));
  });
});

/** The whole of a capture in text, as it would be found in its file. */
async function everythingIn(capture: Capture): Promise<string> {
  const all = await allInputs(capture);
  const kernel = all.flatMap((input) => (input.type === 'kernel' ? [input.text] : []));
  return [
    JSON.stringify(capture.header),
    JSON.stringify(capture.notes),
    JSON.stringify(all),
    ...kernel,
    kernel.join('').replaceAll('\\x', ''),
  ].join('\n');
}

const secrets = Object.values(SECRETS).flat();
const leaked = (text: string): string[] => secrets.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));

/** The house's capture, with a note. */
async function captureOfHouse(folder: Folder): Promise<string> {
  const path = folder.file('house.capture');
  await writeCapture(path, inputs, header);
  appendFileSync(path, printJsonChunk('N', note));
  return path;
}

async function printed(run: (stdout: PassThrough) => Promise<number>): Promise<string> {
  const stdout = new PassThrough();
  const text = textOf(stdout);
  await run(stdout);
  stdout.end();
  return text;
}

describe('what leaves the house', () => {
  it('would tell all of it if nobody redacted', async () => {
    using folder = new Folder();
    const file = await captureOfHouse(folder);
    const lines = await printed((stdout) =>
      exportCapture({ file, to: 'ndjson', out: '-', stdout, terminal: null, stop: { asked: false }, say: nobody }),
    );
    const open = [await everythingIn(await openCapture(file)), JSON.stringify(note), lines].join('\n');
    expect(secrets.filter((secret) => !leaked(open).includes(secret))).toEqual([]);
  });

  it('as a capture tells nothing of it, and says what was left out', async () => {
    using folder = new Folder();
    const path = await captureOfHouse(folder);
    const said: string[] = [];
    const out = folder.file('out.capture');
    const common = {
      to: 'capture',
      out,
      stdout: process.stdout,
      terminal: null,
      stop: { asked: false },
      say: (line: string) => void said.push(line),
    } as const;
    expect(await exportCapture({ ...common, file: path, redact: { redact: true, redactKey: null } })).toBe(0);
    const capture = await openCapture(out);
    expect(leaked(await everythingIn(capture))).toEqual([]);
    expect(leaked(readFileSync(out, 'latin1'))).toEqual([]);
    expect(capture.header).toMatchObject({ kernel: '6.8.0', title: expect.stringContaining('redacted'), frozen: { reason: null } });
    expect(coreOptions(capture.header).thresholds?.['accept-queue'].fullLooks).toBe(3);
    expect(said.join('\n')).toMatch(/left out: 1 note, the title, 2 lines that are no records/);
    expect(said.join('\n')).toMatch(/still tells: ports/);
    expect(readdirSync(folder.path).sort()).toEqual(['house.capture', 'out.capture']);
  });

  it.each(['md', 'html'] as const)('as a report in %s tells nothing of it', async (format) => {
    using folder = new Folder();
    const file = await captureOfHouse(folder);
    const redact = { redact: true, redactKey: null };
    const text = await printed((stdout) => report({ file, format, redact, stdout, say: nobody }));
    expect(text.length).toBeGreaterThan(500);
    expect(leaked(text)).toEqual([]);
    expect(text).toContain('redacted');
  });

  it('as lines of JSON tells nothing of it', async () => {
    using folder = new Folder();
    const file = await captureOfHouse(folder);
    const redact = { redact: true, redactKey: null };
    const text = await printed((stdout) =>
      exportCapture({ file, to: 'ndjson', redact, out: '-', stdout, terminal: null, stop: { asked: false }, say: nobody }),
    );
    expect(text).toContain('"kind":"probe"');
    expect(text).toMatch(/"comm":"proc-[a-z2-9]{10}"/);
    expect(leaked(text)).toEqual([]);
  });

  it('keeps what findings stand on: states, ports, times, and who is the same as whom', async () => {
    using folder = new Folder();
    const original = await openCapture(await captureOfHouse(folder));
    const redaction = new Redaction(KEY);
    const shape = (all: readonly Event[]): unknown[] => all.map(({ kind, seq, ns }) => [kind, seq, ns]);
    const after = await events(redacted(original, redaction, nobody));
    expect(shape(after)).toEqual(shape(await events(original)));
    const probe = after.find((event) => event.kind === 'probe');
    const [host, target] = [
      redaction.host('shop.corp.example'),
      redaction.target('https://alice@shop.corp.example:8443/billing?token=s3cret'),
    ];
    expect(target.startsWith(`https://${host}:8443/path-`)).toBe(true);
    expect(probe?.attempt).toMatchObject({
      target,
      tls: { subject: host },
      failure: { code: null, words: expect.stringContaining('application') },
    });
    expect(probe?.attempt.addresses[0]).toBe(probe?.attempt.raddr);
  });

  it('keeps our own words about what a script lacks, and not those of others', async () => {
    using folder = new Folder();
    const path = await captureOfHouse(folder);
    const all = await allInputs(await openRedacted(path, { redact: true, redactKey: null }, nobody));
    const up = all.find((input) => input.type === 'kernel-up');
    expect(up?.hooks.map(({ lack }) => lack)).toEqual([
      null,
      '(withheld)',
      'reset: no tracepoint tcp:tcp_send_reset; reset-kprobe: needs bpftrace 0.23',
    ]);
  });
});

describe('--redact-key', () => {
  it('makes a key once, for its owner’s eyes only, and gives the same stand-ins for every file', async () => {
    using folder = new Folder();
    const path = await captureOfHouse(folder);
    const redact = { redact: true, redactKey: folder.file('key') };
    const said: string[] = [];
    const one = await everythingIn(await openRedacted(path, redact, (line) => void said.push(line)));
    expect(said[0]).toMatch(/made a new key/);
    expect(statSync(redact.redactKey).mode & 0o777).toBe(0o600);
    expect(await everythingIn(await openRedacted(path, redact, nobody))).toBe(one);
    expect(await everythingIn(await openRedacted(path, { redact: true, redactKey: null }, nobody))).not.toBe(one);
  });

  it('refuses a file that holds no key, and leaves it as it is', async () => {
    using folder = new Folder();
    const path = await captureOfHouse(folder);
    const file = folder.file('key');
    writeFileSync(file, 'my diary');
    for (const redactKey of [file, folder.path, folder.file('none/key')]) {
      await expect(openRedacted(path, { redact: true, redactKey }, nobody)).rejects.toMatchObject({ code: 'REDACT_KEY', exit: 2 });
    }
    expect(readFileSync(file, 'utf8')).toBe('my diary');
  });
});

describe('export --to capture', () => {
  const common = { to: 'capture', stdout: process.stdout, terminal: null, stop: { asked: false }, say: nobody } as const;

  it('holds the same inputs in one file, from whatever it was in', async () => {
    using folder = new Folder();
    for (const file of [captureOf('peer-vanishes'), fileURLToPath(new URL('../sources/replay/version-1.ndjson.zst', import.meta.url))]) {
      const out = folder.file('out.capture');
      expect(await exportCapture({ ...common, file, out })).toBe(0);
      expect(await allInputs(await openCapture(out))).toEqual(await allInputs(await openCapture(file)));
      expect((await openCapture(out)).header.frozen).not.toBeNull();
    }
  });

  it('goes where a link leads, and is for its owner only', async () => {
    using folder = new Folder();
    const file = captureOf('peer-vanishes');
    writeFileSync(folder.file('before'), 'what was there', { mode: 0o644 });
    symlinkSync(folder.file('before'), folder.file('link'));
    expect(await exportCapture({ ...common, file, out: folder.file('link') })).toBe(0);
    expect(await allInputs(await openCapture(folder.file('before')))).toEqual(await allInputs(await openCapture(file)));
    expect(statSync(folder.file('before')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path).sort()).toEqual(['before', 'link']);
  });

  it('is refused where it cannot be one file, and leaves nothing behind', async () => {
    using folder = new Folder();
    const file = captureOf('peer-vanishes');
    await expect(exportCapture({ ...common, file, out: '-' })).rejects.toMatchObject({ code: 'USAGE' });
    // Renamed over it, a capture would replace the device.
    await expect(exportCapture({ ...common, file, out: '/dev/null' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(exportCapture({ ...common, file, out: folder.file('none/out') })).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    writeFileSync(folder.file('bad'), readFileSync(file).subarray(0, 3));
    await expect(exportCapture({ ...common, file: folder.file('bad'), out: folder.file('out') })).rejects.toMatchObject({
      code: 'CAPTURE_DAMAGED',
    });
    expect(readdirSync(folder.path)).toEqual(['bad']);
  });
});
