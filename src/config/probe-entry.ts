import { z } from 'zod';
import { SynopticError } from '../core/model/errors.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import { ProbeSettings, type ProbeSettingsIn } from './probe-settings.ts';
import { parseTarget } from './probe-target.ts';

/** Reach: more would be started late. */
const MOST = 10_000;

/** Settings whose values are text, whatever YAML takes them for: a status of 204, a version of 1.1, a `true` in JSON. */
const TEXTUAL: readonly string[] = ['family', 'status', 'headers', 'expectHeaders', 'json'];

type RawIssue = z.core.$RefinementCtx['issues'][number];

/** One of `probes`: a TARGET alone, or a mapping with `target` and what else is set for it. */
const ProbeEntry = z.unknown().transform((written, context): ProbeTarget => {
  const whole = typeof written === 'string' ? { target: written } : written;
  const { target, ...settings } = isMapping(whole) ? whole : {};
  if (typeof target !== 'string') {
    context.addIssue({ code: 'custom', message: 'is neither a TARGET nor a mapping with one.' });
    return z.NEVER;
  }
  const given = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, TEXTUAL.includes(name) ? inWords(value) : value]),
  );
  const checked = ProbeSettings.safeParse(given);
  if (!checked.success) {
    // The same issues, at this entry's place; only what each code carries cannot be told to the compiler.
    for (const issue of checked.error.issues) context.issues.push({ ...issue, input: given } as RawIssue);
    return z.NEVER;
  }
  try {
    // What was just found to be right.
    return parseTarget(target, given as ProbeSettingsIn);
  } catch (error) {
    if (!(error instanceof SynopticError)) throw error;
    const { message, expected, where = 'TARGET' } = error;
    const path = typeof written === 'string' ? [] : [where === 'TARGET' ? 'target' : where];
    const words = where === 'TARGET' ? `is not understood: ${message}` : message.replace(`${where} `, '');
    context.addIssue({ code: 'custom', message: words.replace(/[^?]$/, '$&.'), path, params: { expected } });
    return z.NEVER;
  }
});

/** All of `probes`. Two of the same name could not be told apart in what is said of them. */
export const ProbeEntries = z
  .array(ProbeEntry)
  .max(MOST)
  .superRefine((targets, context) => {
    const seen = new Set<string>();
    for (const [at, { name }] of targets.entries()) {
      if (seen.has(name)) context.addIssue({ code: 'custom', message: 'is named twice.', path: [at] });
      seen.add(name);
    }
  });

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers and truth values as text, at any depth. */
function inWords(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(inWords);
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inWords(inner)])) : value;
}
