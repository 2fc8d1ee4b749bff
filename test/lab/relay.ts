import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './host.ts';
import type { Network } from './network.ts';

const PROGRAM = fileURLToPath(new URL('./relay.py', import.meta.url));

export interface Delay {
  /** Each frame is delayed by 0 to so many ms. */
  readonly mostMs: number;
  /** So many of a hundred frames come twice. */
  readonly duplicates: number;
}

/** Puts a wire with delays between two hosts in the switch's place. Ended when disposed of. */
export async function relay(network: Network, [a, b]: readonly [string, string], { mostMs, duplicates }: Delay): Promise<AsyncDisposable> {
  await network.unplug(a);
  await network.unplug(b);
  const command = [
    '--pdeathsig',
    'KILL',
    'nsenter',
    `--net=${network.pathOf('switch')}`,
    PYTHON,
    PROGRAM,
    a,
    b,
    String(mostMs),
    String(duplicates),
  ];
  const child = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
