import { LineRewriter } from '../core/decode/rewrite.ts';
import type { Input } from '../core/model/input.ts';
import { RedactKey } from '../export/redact/key.ts';
import { Redaction } from '../export/redact/redaction.ts';
import { count, many } from '../formats/words/amount.ts';
import { FACTS } from '../sources/bpftrace/scripts.ts';
import { type Capture, openCapture } from '../sources/replay/capture-file.ts';
import { redactKeyIn } from './redact-key.ts';

/** How a capture shall be opened. */
export interface Redact {
  readonly redact: boolean;
  /** Where the key is kept; null is one that nobody ever has. */
  readonly redactKey: string | null;
}
export const PLAIN: Redact = { redact: false, redactKey: null };

/**
 * Opens a capture, with stand-ins for what must not leave the house where that is wanted. Whatever is made of it then knows nothing else.
 *
 * @throws SynopticError what {@link openCapture} throws, and REDACT_KEY.
 */
export async function openRedacted(file: string, { redact, redactKey }: Redact, say: (line: string) => void): Promise<Capture> {
  const capture = await openCapture(file);
  if (!redact) return capture;
  const key = redactKey === null ? RedactKey.random() : await redactKeyIn(redactKey, say);
  return redacted(capture, new Redaction(key, LACKS), say);
}

const LACKS = new Set(FACTS.flatMap(({ scripts }) => scripts.flatMap(({ lack }) => (lack === null ? [] : [lack]))));

/** The capture with stand-ins; `say` is told once for each reading what was withheld. */
export function redacted(capture: Capture, redaction: Redaction, say: (line: string) => void): Capture {
  return {
    header: redaction.header(capture.header),
    get read() {
      return capture.read;
    },
    // Anybody may have written anything there.
    notes: [],
    async *inputs() {
      const lines = new LineRewriter(redaction);
      for await (const batch of capture.inputs()) yield batch.flatMap((input) => redactedInput(input, lines, redaction));
      for (const line of withheld(capture, lines.withheld)) say(line);
    },
  };
}

function redactedInput(input: Input, lines: LineRewriter, redaction: Redaction): Input[] {
  if (input.type === 'kernel') return [{ type: 'kernel', atNs: input.atNs, text: lines.write(input.text) }];
  const plain = redaction.input(input);
  if (input.type !== 'kernel-down') return [plain];
  // A line that had begun is told of as torn, as in the original.
  const torn = lines.end();
  return torn === '' ? [plain] : [{ type: 'kernel', atNs: input.atNs, text: torn }, plain];
}

function withheld({ header, notes }: Capture, lines: number): string[] {
  const left = [
    ...(notes.length === 0 ? [] : [many(notes.length, 'note')]),
    ...(header.title === null ? [] : ['the title']),
    ...((header.frozen?.reason ?? null) === null ? [] : ['the reason why it was frozen']),
    ...(lines === 0 ? [] : [`${count(lines)} lines that are no records`]),
  ];
  return [
    `redacted: addresses and names have stand-ins${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`,
    'it still tells: ports, process ids, times, sequence numbers, numbers of namespaces, how much was said to how many',
  ];
}
