export type Zone = 'utc' | 'local';

/** `2025-11-20T21:00:00.123456Z` → `21:00:00.123456`, in UTC or in the reader's zone. Microseconds, as the wire gives them. */
export function timeOfDay(at: string, zone: Zone): string {
  return zone === 'utc' ? at.slice(11, 26) : `${clock(new Date(at))}${at.slice(19, 26)}`;
}

/** The same to the second: for headers. */
export function shortTime(at: string, zone: Zone): string {
  return timeOfDay(at, zone).slice(0, 8);
}

/** `2025-11-20 21:00:00.123456 UTC`, or in the reader's zone with its offset: `2025-11-20 22:00:00.123456 +01:00`. */
export function fullTime(at: string, zone: Zone): string {
  if (zone === 'utc') return `${at.slice(0, 10)} ${timeOfDay(at, zone)} UTC`;
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(at, zone)} ${offset(date)}`;
}

/** A moment of this page's own, in the wire's form. */
export function wireTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1)}000Z`;
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
