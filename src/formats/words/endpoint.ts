/** `10.0.0.7:443`, `[2001:db8::7]:443`; port 0 is one the kernel has not chosen yet and shows as `?`, a listener's far end as `*`. */
export function endpoint(address: string, port: number, unset = '?'): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port === 0 ? unset : port}`;
}

/** What a row says about an owner: `nginx[812]`, `[812]`, or an em dash where nobody is known. `comm` must be visible text already. */
export function owner(comm: string | null, pid: number | null): string {
  if (comm === null && pid === null) return '—';
  return `${comm ?? ''}${pid === null ? '' : `[${pid}]`}`;
}
