import { Option } from 'commander';
import type { Redact } from './redacted.ts';

export interface RedactFlags {
  readonly redact?: boolean;
  readonly redactKey?: string;
}

export function redactOption(): Option {
  return new Option('--redact', 'put stand-ins in place of addresses and names, so that it can leave the house; ports stay');
}

export function redactKeyOption(): Option {
  return new Option('--redact-key <file>', 'the same stand-ins for several files; made where there is none').implies({ redact: true });
}

export function redactOf({ redact = false, redactKey }: RedactFlags): Redact {
  return { redact, redactKey: redactKey ?? null };
}
