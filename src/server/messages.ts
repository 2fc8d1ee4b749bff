import { type ErrorCode, SynopticError } from '../core/model/errors.ts';
import type { LiveMessage } from '../sinks/live-outlet.ts';
import type { CoreCall } from './core.ts';
import type { ServeLimits } from './limits.ts';
import type { LiveRequest } from './live-clients.ts';

/** What the serving thread begins with; all of it can be copied. */
export interface WorkerOptions {
  /** Host name or address, IPv6 without brackets; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Must be sent by clients where it is not null; needed for any address beyond loopback. */
  readonly token: string | null;
  /** Origins of pages served elsewhere that may connect, as browsers send them: `https://ops.example.net`. */
  readonly allowedOrigins: readonly string[];
  /** The built viewer; may not exist. */
  readonly viewerDir: string;
  readonly logLevel: string;
  /** Synoptic's own. */
  readonly version: string;
  /** How long the observing thread may take to answer, ms. */
  readonly answerWithinMs: number;
  readonly limits: ServeLimits;
}

/** From the observing thread to the serving one; one port for all, so that their order is kept. */
export type ToWorker =
  /** The first: before it nothing listens. */
  | { readonly type: 'begin'; readonly options: WorkerOptions }
  | LiveMessage
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly fault: Fault }
  | { readonly type: 'stop' };

export type FromWorker =
  | LiveRequest
  | { readonly type: 'call'; readonly id: number; readonly name: CoreCall; readonly args: readonly unknown[] }
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'refused'; readonly fault: Fault }
  /** A line of the log, its end included. */
  | { readonly type: 'log'; readonly line: string };

/** An error as plain data: copying one keeps neither its class nor its code. */
export interface Fault {
  readonly message: string;
  readonly code: ErrorCode | null;
  readonly where: string | undefined;
  readonly expected: string | undefined;
  readonly mend: string | undefined;
  readonly stack: string | undefined;
}

export function faultOf(error: unknown): Fault {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const { code = null, where, expected, mend } = error instanceof SynopticError ? error : {};
  return { message, code, where, expected, mend, stack };
}

export function errorOf({ message, code, where, expected, mend, stack }: Fault): Error {
  const given = Object.fromEntries(Object.entries({ where, expected, mend }).filter(([, value]) => value !== undefined));
  const error = code === null ? new Error(message) : new SynopticError(code, message, given);
  if (stack !== undefined) error.stack = stack;
  return error;
}
