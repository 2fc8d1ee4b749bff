import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { coreOptions } from '../../src/commands/capture-core.ts';
import { eventsOf } from '../../src/commands/capture-events.ts';
import { knownInputs } from '../../src/commands/known-inputs.ts';
import type { Event, FindingEvent } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import type { CaptureHeader } from '../../src/formats/capture/header.ts';
import { Recorder } from '../../src/sinks/capture/recorder.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { queues, Story, sysctls } from '../core/detect/stories.ts';
import { allInputs, goldens, readGolden } from '../lab/golden.ts';
import { Folder, headerOf } from '../sinks/capture/made.ts';

/** Segments that a run is cut into; a replay must not notice. */
const SEGMENTS = 4;

/** A run as it is observed: through a pipeline and, beside it, the flight recorder, which writes to `folder`. Gives what was told live. */
async function observed(inputs: readonly Input[], folder: string, about: Partial<CaptureHeader> = {}): Promise<Event[]> {
  const [start] = inputs;
  if (start?.type !== 'start') throw new Error('a run begins with a start');
  const header = headerOf(start, about);
  const pipeline = new Pipeline(start, coreOptions(header));
  await using recorder = new Recorder({
    ...{ folder, header, start, windowMs: 1e9, maxBytes: 1e9, warn: (message) => expect(message).toBe('') },
    ...{ wallUs: (ns) => pipeline.wallUs(ns), known: () => knownInputs(pipeline), share: () => pipeline.state.share },
  });
  const events: Event[] = [];
  for (const [index, input] of inputs.entries()) {
    recorder.accept(input);
    events.push(...pipeline.accept(input));
    if (index % Math.ceil(inputs.length / SEGMENTS) === 5) await recorder.cut();
  }
  return events;
}

async function replayed(path: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const some of eventsOf(await openCapture(path))) events.push(...some);
  return events;
}

const findingsOf = (events: readonly Event[]): FindingEvent[] => events.filter((event) => event.kind === 'finding');

describe('a replay', () => {
  const found = new Set<string>();

  it.each(goldens())('of %s equals the run that was recorded, bit for bit, findings and numbers too', async (name) => {
    using folder = new Folder();
    const { inputs } = await readGolden(name);
    const live = await observed(inputs, folder.path);
    const again = await replayed(folder.path);
    expect(again).toEqual(live);
    expect(JSON.stringify(again)).toBe(JSON.stringify(live));
    expect(await allInputs(await openCapture(folder.path))).toEqual(inputs);
    for (const { detector } of findingsOf(live)) found.add(detector);
  });

  // Else the above would say nothing about findings.
  // Lest nothing at all was compared.
  afterAll(() =>
    expect([...found]).toEqual(expect.arrayContaining(['accept-queue', 'half-open', 'sequence-anomaly', 'time-wait-buildup'])),
  );
});

describe('a replay of what an observer with thresholds of its own has recorded', () => {
  /** A queue that is full at each look; nobody was refused. */
  function fullQueue(): Story {
    const story = new Story();
    for (let second = 0; second < 8; second++) {
      story.take(queues(second + 0.1, [{ laddr: '10.0.0.1', lport: 8080, waiting: 3, backlog: 2 }])).until(second + 1);
    }
    return story;
  }

  it.each([
    ['more patience finds nothing where the defaults would', 50, 0],
    ['the defaults finds what they do', 2, 1],
  ])('with %s', async (_, fullLooks, openings) => {
    using folder = new Folder();
    const live = await observed(fullQueue().inputs, folder.path, { configuration: { detect: { 'accept-queue': { fullLooks } } } });
    expect(await replayed(folder.path)).toEqual(live);
    expect(findingsOf(live).filter(({ phase }) => phase === 'open')).toHaveLength(openings);
  });

  it('is refused where they are none that this Synoptic knows', () => {
    const header = { maxSockets: 1, configuration: { detect: { 'accept-queue': { fullLooks: 'all' } } } };
    expect(() => coreOptions(header)).toThrow(expect.objectContaining({ code: 'CAPTURE_DAMAGED', where: 'detect.accept-queue.fullLooks' }));
  });
});

describe('a replay that begins within a run', () => {
  it('knows the settings that were told once, at its beginning', async () => {
    using folder = new Folder();
    const range = { 'ipv4.ip_local_port_range': '40000 40100' };
    const story = new Story().take(sysctls(0, range)).until(5);
    await observed(story.inputs, folder.path);
    // They were told in the first segment, and waited to be put in order where the second began.
    for (const gone of ['000000', '000001']) rmSync(join(folder.path, `${gone}.segment`));
    const [start, ...rest] = await allInputs(await openCapture(folder.path));
    expect(start?.type).toBe('start');
    expect(rest.filter(({ type }) => type === 'sysctls')).toMatchObject([{ netns: story.start.netns, values: range }]);
  });
});
