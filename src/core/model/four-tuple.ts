/** Both ends of a connection, seen from this host: *local* and *remote*, never source and destination. */
export interface FourTuple {
  /** IPv4 dotted, or IPv6 as RFC 5952 writes it; v4-mapped is always shown as IPv4. */
  readonly laddr: string;
  /** 0 while the kernel has not chosen one (CLOSE→SYN_SENT). */
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
}

/**
 * One string for one four-tuple in one network namespace; two namespaces may hold the same four-tuple. Null is a namespace that no
 * script could tell, which has a string of its own.
 */
export function tupleKey(netns: number | null, t: FourTuple): string {
  return `${netns ?? 0} ${t.laddr} ${t.lport} ${t.raddr} ${t.rport}`;
}

/** 4 or 6, told from the text: only IPv6 addresses hold a colon. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

const MAPPED = '::ffff:';

/** `::ffff:10.0.0.7` → `10.0.0.7` (RFC 4291 §2.5.5.2); every other address as it is. */
export function unmapped(address: string): string {
  return address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address;
}
