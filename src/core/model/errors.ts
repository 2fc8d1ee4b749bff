/**
 * Every error a user can meet, by stable code. `exit` is the process's exit status where a command ends with it:
 * 1 failed at run time · 2 usage or configuration · 3 this machine cannot be observed.
 */
export const ERRORS = {
  CONFIG_UNREADABLE: { exit: 2, title: 'The configuration file cannot be read' },
  CONFIG_SYNTAX: { exit: 2, title: 'The configuration file is not valid YAML' },
  CONFIG_INVALID: { exit: 2, title: 'A setting is unknown or has a wrong value' },
  USAGE: { exit: 2, title: 'A command, option or argument is not understood' },
  FILTER_SYNTAX: { exit: 2, title: 'A FILTER term is not understood' },
  TARGET_SYNTAX: { exit: 2, title: 'A probe’s TARGET is not understood' },
  PROBE_SETTING: { exit: 2, title: 'A probe’s setting is unknown, wrong, or means nothing for its target' },
  LISTEN_IN_USE: { exit: 2, title: 'The address to listen on is taken' },
  LISTEN_REFUSED: { exit: 2, title: 'The address cannot be listened on' },
  TOKEN_REQUIRED: { exit: 2, title: 'An address beyond loopback needs a token' },
  USER_UNKNOWN: { exit: 2, title: 'The user to run as does not exist' },
  CAPTURE_UNREADABLE: { exit: 2, title: 'A capture cannot be read' },
  CAPTURE_DAMAGED: { exit: 2, title: 'A capture is not what was written' },
  CAPTURE_NEWER: { exit: 2, title: 'A capture is of a newer version' },
  CAPTURE_REFUSED: { exit: 2, title: 'A capture claims more than one can hold' },
  CAPTURE_NOT_KEPT: { exit: 1, title: 'A capture could not be frozen' },
  REDACT_KEY: { exit: 2, title: 'The key of a redaction cannot be had' },
  DATA_UNWRITABLE: { exit: 1, title: 'The data folder cannot be written' },
  BPFTRACE_MISSING: { exit: 3, title: 'bpftrace is not installed' },
  BPFTRACE_TOO_OLD: { exit: 3, title: 'bpftrace is too old' },
  BPFTRACE_REFUSED: { exit: 3, title: 'bpftrace could not start' },
  NOT_PRIVILEGED: { exit: 3, title: 'Observing needs root' },
  TRACEFS_MISSING: { exit: 3, title: 'The kernel’s tracepoints cannot be reached' },
  NO_STATE_HOOK: { exit: 3, title: 'No hook for TCP state changes can attach' },
  SAMPLE_FAILED: { exit: 1, title: 'Sockets or counters of a network namespace cannot be read' },
  OUTPUT_FAILED: { exit: 1, title: 'Standard output cannot be written' },
  UNAUTHORIZED: { exit: 1, title: 'The token is missing or wrong' },
  ORIGIN_REFUSED: { exit: 1, title: 'The request comes from another site' },
  MESSAGE_INVALID: { exit: 1, title: 'A WebSocket message is not understood' },
  NOT_FOUND: { exit: 1, title: 'There is nothing at this address' },
  NOT_A_REPLAY: { exit: 1, title: 'What is served is no replay, and cannot be steered' },
  CORE_SILENT: { exit: 1, title: 'The observing part does not answer' },
  REQUEST_INVALID: { exit: 1, title: 'A request parameter is not understood' },
  INTERNAL: { exit: 1, title: 'Synoptic itself failed' },
} as const satisfies Record<string, { exit: 1 | 2 | 3; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** What an error may say beside its message. */
export interface ErrorDetail {
  /** Where: `synoptic.yaml:3:9`, `FILTER term 2`, `--listen`. */
  readonly where?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What to do now. */
  readonly mend?: string;
  readonly cause?: unknown;
}

/** The only error that Synoptic throws on purpose: says where, what was expected and what to do. */
export class SynopticError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly expected: string | undefined;
  readonly mend: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'SynopticError';
    this.code = code;
    this.where = detail.where;
    this.expected = detail.expected;
    this.mend = detail.mend;
  }

  get exit(): 1 | 2 | 3 {
    return ERRORS[this.code].exit;
  }

  /** For a terminal: one line for the fault, one each for what was expected and what to do. */
  get text(): string {
    const lines = [`${this.where === undefined ? '' : `${this.where}: `}${this.message} [${this.code}]`];
    if (this.expected !== undefined) lines.push(`  expected: ${this.expected}`);
    if (this.mend !== undefined) lines.push(`  do: ${this.mend}`);
    return lines.join('\n');
  }
}
