import type { ReplayState } from '../../formats/replay.ts';

/** Where a replay stands `passedMs` after its state was heard, ms: where a seek goes is where it is about to be. */
export function positionNow({ atMs, spanMs, playing, speed, seeking }: ReplayState, passedMs: number): number {
  if (seeking !== null) return seeking.toMs ?? seeking.atMs;
  if (!playing || speed === 'max') return atMs;
  return Math.min(spanMs ?? Number.POSITIVE_INFINITY, atMs + passedMs * speed);
}

/** How long its time line is, ms: as far as anything is known of, while the capture's length is not. */
export function lengthOf({ atMs, spanMs, survey }: ReplayState): number {
  return Math.max(1, spanMs ?? Math.max(atMs, survey.throughMs));
}

/** A position as the address has it: seconds, no less than the position, so that what has just happened there has. */
export function inAddress(atMs: number): string {
  return String(Math.ceil(atMs) / 1000);
}

/** The position of an address, ms; null where it has none. */
export function fromAddress(at: string | undefined): number | null {
  return at !== undefined && /^\d{1,9}(\.\d{1,6})?$/.test(at) ? Number(at) * 1000 : null;
}

/** `+0.0 s`, `+1:23.4`, `+1:02:03.4`: recorded time since the capture's beginning. */
export function offsetWords(ms: number): string {
  const tenths = Math.floor(ms / 100);
  const [hours, minutes, seconds] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, ((tenths % 600) / 10).toFixed(1)];
  if (hours > 0) return `+${hours}:${String(minutes).padStart(2, '0')}:${seconds.padStart(4, '0')}`;
  return minutes > 0 ? `+${minutes}:${seconds.padStart(4, '0')}` : `+${seconds} s`;
}
