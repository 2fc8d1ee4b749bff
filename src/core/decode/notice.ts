import { type CounterRecord, type LostRecord, STREAMS, type Stream } from '../model/record.ts';

const COUNTER = /^@([a-z]+)(_[a-z]+)?(?:\[([-0-9, ]+)\])?: (-?\d+)$/;
/** A map of records, as bpftrace prints it when it ends: what was printed before, most of it. */
const HELD = /^@held\[[0-9, ]+\]: \(/;
const LOST = /^Lost (\d+) events$/;
/** A compiler's remark, the line of the script it means, a pointer at it, and advice: some from 0.25 on write them to stdout. No record begins with spaces. */
const REMARK = /^stdin:[-:\d]+: WARNING: |^ {2,}\S|^ *~+$|^HINT: |^Additional Info - helper: /;
const streams: ReadonlySet<string> = new Set(STREAMS);

/**
 * Lines that bpftrace prints by itself among ours: maps (`@state[137]: 12`, `@state_shed[137]: 1`), losses (`Lost 5 events`, on stdout up to 0.23) and talk
 * (`Attaching 7 probes...`, warnings). Undefined: none of these. Null: talk, nothing to learn.
 */
export function decodeNotice(line: string): CounterRecord | LostRecord | null | undefined {
  const lost = LOST.exec(line);
  if (lost !== null) return { type: 'lost', count: Number(lost[1]) };
  const counter = COUNTER.exec(line);
  if (counter !== null) {
    const [, stream, use, key, count] = counter;
    // A script's own bookkeeping: bpftrace prints every map once more when it ends.
    if (!isStream(stream) || (use !== undefined && use !== '_shed')) return null;
    // 0.17 prints large ones of its own as negative; ours never are.
    if (line.includes('-')) return undefined;
    return { type: 'counter', stream, key: keyOf(key), shed: use !== undefined, count: Number(count) };
  }
  if (HELD.test(line)) return null;
  if (/^! exit \d+$/.test(line) || /^(?:Attaching|Attached) \d+ probes?/.test(line) || /^(?:WARNING|INFO): /.test(line)) return null;
  if (REMARK.test(line)) return null;
  return undefined;
}

/** One number stays as it is; `8, 9`, of earlier scripts, → 8 × 16 + 9; no key is 0. See `Counted` in record.ts. */
function keyOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const parts = text.split(', ').map(Number);
  return parts.reduce((key, part) => key * 16 + part, 0);
}

function isStream(name: string | undefined): name is Stream {
  return name !== undefined && streams.has(name);
}
