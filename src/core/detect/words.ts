/** 28232 → `28,232`; fractions are rounded. */
export function whole(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 0.731 → `73 %` */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `10.0.0.9:443`, `[::1]:443` */
export function end(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** `curl[4711]`, `process 4711`, or who is not known. The name is text that the process chose. */
export function owner(comm: string | null, pid: number | null): string {
  if (pid === null) return 'a process not known';
  return comm === null ? `process ${pid}` : `${comm}[${pid}]`;
}
