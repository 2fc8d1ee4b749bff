/** 1763672400123456 µs → `2025-11-20T21:00:00.123456Z`. */
export function rfc3339(wallUs: number): string {
  const us = Math.floor(wallUs);
  const seconds = new Date(Math.floor(us / 1000)).toISOString();
  return `${seconds.slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
}
