import type { Environment } from '../config/load.ts';

/** Read once, here; no child needs them, and what a child was started with others may read in /proc. */
const SECRETS = ['SYNOPTIC_TOKEN'];

/** What this process was started with. From now on nothing that it starts inherits the secrets in it: bpftrace, ss and what they start. */
export function takeEnvironment(env: NodeJS.ProcessEnv): Environment {
  const taken = { ...env };
  for (const name of SECRETS) delete env[name];
  return taken;
}
