import { join } from 'node:path';

/** Where data is kept unless somebody says otherwise: for root as services do it, for others by the XDG base directories. */
export function dataPlace({
  data,
  uid,
  env,
}: {
  data: string | null;
  uid: number;
  env: Readonly<Record<string, string | undefined>>;
}): string {
  if (data !== null) return data;
  if (uid === 0) return '/var/lib/synoptic';
  // XDG: what is not absolute must be ignored.
  const state = env['XDG_STATE_HOME'];
  if (state?.startsWith('/')) return join(state, 'synoptic');
  return join(env['HOME'] ?? '/tmp', '.local/state/synoptic');
}
