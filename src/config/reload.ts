import type { ProbeTarget } from '../core/model/target.ts';
import type { Config } from './schema.ts';

/** What differs between the configuration that runs and a new one. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Settings other than `probes`: they only change with a restart. */
  readonly restart: readonly string[];
}

/** Names only: values may be secrets. */
export function changesBetween(before: Config, after: Config): Changes {
  const had = byName(before.probes);
  const has = byName(after.probes);
  const names = Object.keys(after) as (keyof Config)[];
  return {
    added: [...has.keys()].filter((name) => !had.has(name)),
    removed: [...had.keys()].filter((name) => !has.has(name)),
    changed: [...has].filter(([name, text]) => had.has(name) && had.get(name) !== text).map(([name]) => name),
    restart: names.filter((name) => name !== 'probes' && JSON.stringify(before[name]) !== JSON.stringify(after[name])),
  };
}

function byName(targets: readonly ProbeTarget[]): Map<string, string> {
  return new Map(targets.map((target) => [target.name, JSON.stringify(target)]));
}
