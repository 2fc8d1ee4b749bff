import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Input } from '../../../src/core/model/input.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { FrameReader, printKernel } from '../../../src/formats/capture/file/frame.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { attemptAt } from '../../core/attempts.ts';
import { start, up } from '../../core/inputs.ts';
import { type Json, mutatedJson } from '../mutate-json.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import type { Outcome, Reader, Target } from '../target.ts';
import { tellable } from './core.ts';
import { LINES, WORDS } from './lines.ts';

const GOLDEN = fileURLToPath(new URL('../../golden', import.meta.url));
const DEMO = fileURLToPath(new URL('../../../src/sources/replay/demo.capture', import.meta.url));
/** Of each type, so that one that comes often does not crowd out the others. */
const OF_EACH = 40;
/** Inputs that share one pipeline: enough for them to meet, few enough that a time in the far future does not end all the rest. */
const ROUND = 50;
/** An input's JSON; more would be slow to change, and says nothing else. */
const LONGEST = 4000;

/** Inputs of real recordings, short ones, some of each type. */
export async function recordedInputs(): Promise<readonly Input[]> {
  const byType = new Map<string, Input[]>();
  for (const path of [DEMO, ...(await readdir(GOLDEN)).sort().map((name) => `${GOLDEN}/${name}/inputs.capture`)]) {
    for await (const some of (await openCapture(path)).inputs()) {
      for (const input of some) {
        const known = byType.get(input.type) ?? [];
        byType.set(input.type, known);
        if (known.length < OF_EACH && JSON.stringify(input).length < LONGEST) known.push(input);
      }
    }
  }
  return [...byType.values(), MADE].flat();
}

const ENDS = { laddr: '10.0.0.1', lport: 40_000, raddr: '10.0.0.2', rport: 443 };
const ATTEMPT = attemptAt({ called: 0, connected: 1 }, { answer: 'PONG' });

/** Of the types that no recording in the repository has. */
const MADE: readonly Input[] = [
  { type: 'kernel-down', atNs: start.atNs, reason: 'it was killed' },
  { type: 'lost', atNs: start.atNs, count: 3 },
  { type: 'unsampled', atNs: start.atNs, why: 'ss is not there' },
  { type: 'skipped', atNs: start.atNs, total: 2 },
  { type: 'dialled', atNs: start.atNs, ...ENDS, target: 'tcp://10.0.0.2:443', attempt: 1 },
  { type: 'probe', atNs: start.atNs + 2e6, attempt: ATTEMPT, standing: { health: 'healthy', suspect: false, misses: 0 } },
  {
    ...{ type: 'probe', atNs: start.atNs + 3e6, standing: { health: 'weak', suspect: true, misses: 2 } },
    attempt: {
      ...ATTEMPT,
      ...ENDS,
      loop: { ...ATTEMPT.loop, stalls: [{ fromNs: start.atNs, toNs: start.atNs + 1e6, busyNs: 5e5 }], gcPauses: [{ fromNs: 1, toNs: 2 }] },
      tls: { version: 'TLSv1.3', cipher: 'x', subject: 'shop', issuer: null, validTo: null, fault: null },
      pooled: { reused: true, openedNs: 1, beat: 2, replaced: null },
      failure: { cause: 'reset', during: 'answer', code: 'ECONNRESET', words: 'it was reset' },
      answer: null,
    },
  },
];

/** Frames of inputs that differ from real ones, whole or torn, and what the core makes of those that pass. */
class Frames implements Reader {
  readonly #inputs: readonly Input[];
  #pipeline = newPipeline();
  #read = 0;

  constructor(inputs: readonly Input[]) {
    this.#inputs = inputs;
  }

  make(random: Random): Buffer {
    const frames = Buffer.concat(Array.from({ length: 1 + random.below(3) }, () => frameOf(random.pick(this.#inputs), random)));
    if (!random.oneIn(8)) return frames;
    frames.writeUInt8(random.below(256), random.below(frames.length));
    return frames.subarray(0, random.below(frames.length + 1));
  }

  read(input: string | Buffer): Outcome {
    if (this.#read++ % ROUND === 0) this.#pipeline = newPipeline();
    const reader = new FrameReader('a file');
    const bytes = Buffer.from(input);
    const middle = bytes.length >> 1;
    let taken = 0;
    for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      for (const frame of reader.push(piece)) {
        taken++;
        if (frame.kind !== 'gap') for (const event of this.#pipeline.accept(frame.input)) tellable(event);
      }
    }
    return taken > 0 ? 'accepted' : 'nothing whole';
  }
}

function newPipeline(): Pipeline {
  const pipeline = new Pipeline(start, { maxSockets: 500 });
  pipeline.accept(up());
  return pipeline;
}

function frameOf(input: Input, random: Random): Buffer {
  if (input.type === 'kernel') {
    const atNs = random.oneIn(10) ? random.pick([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300, 2 ** 64]) : input.atNs;
    return printKernel(atNs, mutatedText(random.pick(LINES), random, LINES, WORDS));
  }
  const changed = random.oneIn(3) ? (input as unknown as Json) : mutatedJson(input as unknown as Json, random);
  if (changed !== null && typeof changed === 'object' && 'sockets' in changed && random.oneIn(4)) {
    return Buffer.concat([framed('p', changed['sockets'] ?? null), framed('j', { ...changed, sockets: [] })]);
  }
  return framed(random.pick(['j', 'j', 'j', 's', 'p', 'g', 'x']), changed);
}

/** One frame, as src/formats/capture/file/frame.ts describes it. */
function framed(kind: string, value: Json): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt32LE(body.length, 0);
  head.write(kind, 4, 'latin1');
  return Buffer.concat([head, body]);
}

export const frames: Target = {
  name: 'frames',
  about: 'what a capture unpacks to: inputs with other values, names and types, torn frames, and the events of those that pass',
  thousands: 1000,
  open: async () => new Frames(await recordedInputs()),
};
