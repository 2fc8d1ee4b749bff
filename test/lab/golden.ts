import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { type Capture, openCapture } from '../../src/sources/replay/capture-file.ts';
import { writeCapture } from '../sinks/capture/made.ts';
import type { Truth } from './scenario.ts';
import { hostOf, tally } from './seen.ts';

/** One folder a scenario: what the core was given, what was done, and what the core must say of it. */
const FOLDER = fileURLToPath(new URL('../golden/', import.meta.url));
const CAPTURE = 'inputs.capture';
const TRUTH = 'truth.json';

/** What is asked of events; others may come to be told of the same recording. */
const KINDS: ReadonlySet<string> = new Set(['state', 'time-wait', 'retransmit', 'reset', 'drop', 'socket-error', 'neighbour', 'gap']);

export interface Golden {
  readonly truth: Truth;
  readonly inputs: readonly Input[];
}

/** Scenarios that have been recorded. */
export function goldens(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Where what the core must say of a scenario stands. */
export const tellingOf = (name: string): string => `${FOLDER}${name}/events.txt`;

/** The file that a scenario's Inputs are kept in. */
export const captureOf = (name: string): string => `${FOLDER}${name}/${CAPTURE}`;

export async function readGolden(name: string): Promise<Golden & { readonly bytes: number }> {
  const truth = JSON.parse(readFileSync(`${FOLDER}${name}/${TRUTH}`, 'utf8')) as Truth;
  const file = captureOf(name);
  return { truth, inputs: await allInputs(await openCapture(file)), bytes: statSync(file).size };
}

export async function allInputs(capture: Capture): Promise<Input[]> {
  const inputs: Input[] = [];
  for await (const some of capture.inputs()) inputs.push(...some);
  return inputs;
}

/** Leaves a play for those who have neither root nor this kernel. */
export async function writeGolden({ truth, inputs }: Golden): Promise<void> {
  const folder = `${FOLDER}${truth.name}`;
  mkdirSync(folder, { recursive: true });
  const up = inputs.find((input) => input.type === 'kernel-up');
  await writeCapture(captureOf(truth.name), inputs, { title: truth.what, bpftrace: up?.version ?? null });
  writeFileSync(`${folder}/${TRUTH}`, `${JSON.stringify(truth, null, 2)}\n`);
  writeFileSync(tellingOf(truth.name), telling({ truth, inputs }));
}

/** What the core says to a golden's inputs. */
export function replay(inputs: readonly Input[]): Event[] {
  const [start] = inputs;
  if (start?.type !== 'start') throw new Error('a recording begins with a start');
  const pipeline = new Pipeline(start, { maxSockets: 10_000 });
  return inputs.flatMap((input) => [...pipeline.accept(input)]);
}

/**
 * One event by everything that does not depend on what else was observed. Names of owners and namespaces are told as they are known when a record
 * comes out, and that moment depends on how late others' records came; that a whole recording tells them again is test/bpf/replay-equals-live.test.ts's.
 */
export function fingerprint(event: Event): string {
  const { seq: _, wallUs: __, ns, ...rest } = event;
  const left = new Set(['sock', 'reusedBy', 'owner', 'netnsName']);
  return `${Math.round(ns)} ${JSON.stringify(rest, (key, value: unknown) => (left.has(key) ? undefined : value))}`;
}

/** What the core says of a golden, to be read by people: how often each thing happened at each host, and a hash over all of it. */
export function telling({ truth, inputs }: Golden): string {
  const events = replay(inputs).filter(({ kind }) => KINDS.has(kind));
  const counts = tally(events.map((event) => `${hostOf(truth, event) ?? '-'} ${wordsOf(event)}`));
  const lines = Object.keys(counts)
    .sort()
    .map((words) => `${String(counts[words]).padStart(5)} ${words}`);
  const hash = createHash('sha256').update(events.map(fingerprint).join('\n')).digest('hex');
  return `${lines.join('\n')}\n${hash}\n`;
}

function wordsOf(event: Event): string {
  switch (event.kind) {
    case 'state':
      return `${event.from}→${event.to}`;
    case 'time-wait':
      return `TIME_WAIT ${event.phase}`;
    case 'retransmit':
      return `retransmit ${event.what} ${event.timer}${event.error === null ? '' : ` ${event.error}`}`;
    case 'reset':
      return `reset ${event.direction} ${event.reason ?? ''}`.trimEnd();
    case 'drop':
      return `drop ${event.direction} ${event.reason}`;
    case 'socket-error':
      return `error ${event.errno}`;
    case 'gap':
      return `gap ${event.cause}`;
    default:
      return event.kind;
  }
}
