/** Where to listen. */
export interface Listen {
  /** An address or a host name; IPv6 without its brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export const DEFAULT_LISTEN: Listen = { host: '127.0.0.1', port: 7373 };

/** For error messages. */
export const LISTEN_FORMS = 'host:port, [IPv6]:port or a port alone, for example 127.0.0.1:7373; port 0 takes a free one';

/** Reads `127.0.0.1:7373`, `[::1]:7373`, `localhost:7373` or `7373` (on 127.0.0.1); null where it is none of them. */
export function parseListen(text: string): Listen | null {
  const [, v6, name, digits = ''] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) return null;
  return { host: v6 ?? name ?? DEFAULT_LISTEN.host, port };
}
