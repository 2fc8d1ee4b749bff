import { type Config, SETTINGS } from './schema.ts';

const SECRETS = new Set(SETTINGS.filter(({ secret }) => secret === true).map(({ path }) => path));

/**
 * The settings as a capture may hold them: whoever gets one may not get in with it, neither here nor into what is probed (targets hold
 * passwords) nor where findings are posted (paths of webhooks are often the secret). Of a secret it only says whether it is set.
 */
export function withoutSecrets(config: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, shown(value, name)]));
}

function shown(value: unknown, path: string): unknown {
  if (SECRETS.has(path)) return Array.isArray(value) ? `(${value.length} set)` : value === null ? null : '(set)';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner, `${path}.${name}`)]));
}
