const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1234567 → `1,234,567`. Fractions are rounded. */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 event`, `2 events`. */
export function many(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}

/** A size, to three digits, in powers of 1000: `850 B`, `12 kB`, `4.5 MB`, `1.21 GB`. */
export function size(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  if (bytes < 999.5e3) return `${digits(bytes / 1e3)} kB`;
  if (bytes < 999.5e6) return `${digits(bytes / 1e6)} MB`;
  return `${digits(bytes / 1e9)} GB`;
}

/** CPU as a share of one core, to a hundredth: `under 0.01 core`, `0.21 core`, `1.30 cores`. */
export function cores(value: number): string {
  if (value < 0.005) return 'under 0.01 core';
  const text = value.toFixed(2);
  return `${text} core${Number(text) > 1 ? 's' : ''}`;
}

/** A length of time in µs, to three digits or two units: `850 µs`, `1.2 ms`, `3.45 s`, `2 min 03 s`, `1 h 02 min`, `3 d 04 h`. */
export function duration(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 999_500) return `${digits(us / 1000)} ms`;
  if (us < 59_995_000) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  if (seconds < 3600) return pair(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'min');
  return pair(seconds, 86_400, 'd', 3600, 'h');
}

function digits(value: number): string {
  return value < 10 ? trimmed(value.toFixed(2)) : value < 100 ? trimmed(value.toFixed(1)) : value.toFixed(0);
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '');
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)} ${bigUnit} ${String(rest).padStart(2, '0')} ${smallUnit}`;
}
