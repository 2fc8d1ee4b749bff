import type { Cause } from '../../core/model/cause.ts';
import type { During, Failure } from '../../core/model/probe.ts';

/** What every layer of a probe throws when the target is not alive. */
export class Fault extends Error {
  readonly failure: Failure;

  constructor(cause: Cause, during: During, words: string, code: string | null = null) {
    super(words);
    this.name = 'Fault';
    this.failure = { cause, during, words, code };
  }
}

/** Why an attempt's signal was aborted: its time is over, or probing is. */
export const TIMED_OUT = Symbol('timed out');
export const STOPPED = Symbol('stopped');

/** What an errno means while connecting. */
const CONNECT: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EINVAL: 'no-route',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  ETIMEDOUT: 'silent',
  ECONNRESET: 'reset',
  EMFILE: 'local-limit',
  ENFILE: 'local-limit',
  ENOBUFS: 'local-limit',
  ENOMEM: 'local-limit',
};

/** What an errno means on an established connection. */
const LATER: Readonly<Record<string, Cause>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'kernel-timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'no-route',
};

/** The failure that an error from Node's own layers is. */
export function failureOf(error: unknown, during: During): Failure {
  if (error instanceof Fault) return error.failure;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const fault = (cause: Cause): Failure => ({ cause, during, code, words: message });
  if (during === 'lookup') return fault('dns-failed');
  // EADDRNOTAVAIL has two meanings: bind() refuses the source address, connect() finds no port.
  if (code === 'EADDRNOTAVAIL' || code === 'EADDRINUSE') return fault(syscallOf(error) === 'bind' ? 'source-address' : 'no-local-port');
  if (during === 'connect') return fault(CONNECT[code ?? ''] ?? 'internal');
  if (during === 'tls') return tlsFailure(error, code, message);
  return fault(LATER[code ?? ''] ?? 'internal');
}

/** Node calls a FIN during the handshake ECONNRESET, too; only a real reset has a system call. OpenSSL's own text is full of addresses. */
function tlsFailure(error: unknown, code: string | null, message: string): Failure {
  const fault = (cause: Cause, words: string): Failure => ({ cause, during: 'tls', code, words });
  if (code === 'ECONNRESET' && syscallOf(error) === null) return fault('ended-early', 'the far end closed during the TLS handshake');
  const cause = LATER[code ?? ''] ?? tlsCause(code);
  return fault(cause, cause === 'not-tls' || cause === 'tls-refused' ? (reasonOf(error) ?? message) : message);
}

/** `wrong version number`: what OpenSSL says, without its thread, library and source line. */
function reasonOf(error: unknown): string | null {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : null;
}

/** OpenSSL's codes are many and end in the reason's name. */
function tlsCause(code: string | null): Cause {
  if (code === null) return 'tls-refused';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD|HTTP_REQUEST|UNEXPECTED_MESSAGE|UNKNOWN_PROTOCOL/.test(code)) return 'not-tls';
  return 'tls-refused';
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function syscallOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : null;
}
