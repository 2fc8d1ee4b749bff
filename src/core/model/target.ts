/** The protocols that can be probed; one file each in src/sources/probes. */
export const PROBE_PROTOCOLS = ['tcp', 'tls', 'http', 'redis', 'postgres', 'grpc', 'exchange', 'heartbeat'] as const;
export type ProbeProtocol = (typeof PROBE_PROTOCOLS)[number];

/** TLS as it is wanted on a connection. */
export interface TlsWish {
  /** Sent as SNI and expected in the certificate; an address is never sent, only expected. */
  readonly servername: string;
  /** False accepts any certificate, and says in the answer what is wrong with it. */
  readonly verify: boolean;
  /** Certificates (PEM) trusted instead of the system's; null is the system's. */
  readonly ca: string | null;
}

/** What every target has, whatever is spoken there. */
export interface Reach {
  /** The target as it was written, without secrets: what it is called everywhere, and its identity among targets. */
  readonly name: string;
  /** A name or an address; IPv6 without brackets or zone. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsWish | null;
  /** 4 or 6 insists; 0 takes the resolver's first. */
  readonly family: 0 | 4 | 6;
  /** The local address to connect from; null leaves it to the kernel. */
  readonly source: string | null;
  /** Null leaves it to the timing model. */
  readonly timeoutMs: number | null;
  /** From one start to the next. */
  readonly everyMs: number;
  /** Idle time before the kernel's own keep-alive probes (SO_KEEPALIVE); null is off. */
  readonly keepAliveMs: number | null;
  /** Between two of them, and how many go unanswered before the connection is given up; null leaves it to Node (1 s, 10). */
  readonly keepAliveIntervalMs: number | null;
  readonly keepAliveCount: number | null;
  /** How long what was sent may stay unacknowledged (TCP_USER_TIMEOUT, tcp(7)); null leaves it to the kernel. */
  readonly userTimeoutMs: number | null;
  /** Whether the request is to go out in the SYN (RFC 7413). */
  readonly fastOpen: boolean;
}

/** Inclusive, for example 200 to 299. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** At `path` (`status`, `checks.0.state`) in the body's JSON stands one of these, compared as text. */
export interface JsonAssertion {
  readonly path: string;
  readonly oneOf: readonly string[];
}

/** One step of an exchange: text is sent, or text is waited for. One character a byte. */
export type ExchangeStep = { readonly send: string } | { readonly expect: string };

interface TargetOf {
  readonly tcp: Reach;
  readonly tls: Reach;
  readonly http: Reach & {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly status: readonly StatusRange[];
    /** Header name → text that its value must hold. */
    readonly expectHeaders: Readonly<Record<string, string>>;
    readonly json: readonly JsonAssertion[];
  };
  readonly redis: Reach & { readonly user: string | null; readonly password: string | null };
  /** Without a password the startup reply is all that is asked for. */
  readonly postgres: Reach & { readonly user: string; readonly password: string | null; readonly database: string };
  /** An empty service asks for the server as a whole. */
  readonly grpc: Reach & { readonly service: string };
  readonly exchange: Reach & { readonly steps: readonly ExchangeStep[] };
  readonly heartbeat: Reach & {
    /** `line`: `PING n` is answered by `PONG n`, each a line. `redis`: PING and CLIENT ID. */
    readonly dialect: 'line' | 'redis';
    /** A connection unused for longer is replaced. */
    readonly idleMs: number;
  };
}

type Targets = { readonly [P in ProbeProtocol]: { readonly protocol: P } & TargetOf[P] };

/** A target of one protocol. */
export type TargetFor<P extends ProbeProtocol> = Targets[P];

/** Something to probe: where, how, and what a right answer is. */
export type ProbeTarget = TargetFor<ProbeProtocol>;
