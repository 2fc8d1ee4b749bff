import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseHooks } from '../../src/commands/hooks.ts';
import { readMachine } from '../../src/sources/machine/machine.ts';
import { findBpftraces } from '../bench/bpftraces.ts';
import { Root } from '../bench/roots.ts';
import { differences } from '../kernel/judge.ts';
import { Stage } from '../kernel/stage.ts';
import { golden } from '../kernel/table.ts';
import { hidesInit } from '../lab/hidden.ts';
import { Synoptic } from '../lab/synoptic.ts';

// The traffic of scripts/kernel-matrix on this very kernel, seen by this machine's bpftrace and by those of Debian roots. Where these are not
// there yet scripts/test has them made before; else it is done here, which takes minutes, once.

const RELEASES = ['trixie', 'sid'] as const;
const PATIENCE_MS = 20_000;
/** How often at most the traffic is played: the kernel runs no program inside another, or while a process is current that it hides, and an event is then missing. */
const ROUNDS = 3;
/** Two looks at what the kernel skipped, and some. */
const SKIPS_MS = 12_000;
const roots = new Map<'trixie' | 'sid', Root>();
let stage: Stage;
let hidden: boolean;

beforeAll(async () => {
  for (const release of RELEASES) {
    roots.set(release, await Root.open(release, { signal: AbortSignal.timeout(1_200_000), say: (line) => console.error(line) }));
  }
  stage = await Stage.set();
  hidden = await hidesInit();
}, 1_200_000);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  for (const root of roots.values()) await root[Symbol.asyncDispose]();
});

/** Whether what is missing may be what the kernel skipped: it says so within one of our looks. */
function saysSkipped(tail: Synoptic): Promise<boolean> {
  const said = tail.event('gap', ({ cause }) => cause === 'skipped', SKIPS_MS);
  return said.then(
    () => true,
    () => false,
  );
}

describe('the same traffic is the same events by', () => {
  it.each([
    ['this machine’s own bpftrace', 'system'],
    ...RELEASES.map((release) => [`that of Debian ${release}`, release] as const),
  ] as const)('%s', async (_story, place) => {
    const root = place === 'system' ? null : (roots.get(place) ?? null);
    const [found] = await findBpftraces(new Map([[place, root]]));
    if (found === undefined) throw new Error('no bpftrace');
    const { command, capabilities } = found;
    const hooks = (await chooseHooks(await readMachine({ bpftrace: command }), command)).map(({ hook }) => hook);
    const config = `bpftrace:\n  command: [${command.join(', ')}]\n  capabilities: ${capabilities === null ? 'null' : `[${capabilities.join(', ')}]`}\n`;
    const kernel = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim();
    for (let round = 1; ; round++) {
      await using tail = await Synoptic.tail(['--canaries'], { config });
      // Every script that was chosen attaches: none was left out, and none has anything to say.
      expect(tail.stderr).toBe('ready\n');
      const scenes = await stage.play({ tail, synacks: true, patienceMs: PATIENCE_MS });
      // What the kernel skipped is anything on this machine: of these scenes nothing may be missing.
      const gaps = tail.all('gap', ({ cause }) => cause !== 'skipped').map(({ cause, lost, what }) => `${cause} ${lost} ${what}`);
      const way = { way: 'best', hooks, words: tail.stderr, scenes, gaps, fault: null } as const;
      const faults = differences({ kernel, bpftrace: found.version, ways: [way], others: {} }, golden());
      if (faults.length > 0 && round < ROUNDS && (hidden || (await saysSkipped(tail)))) continue;
      expect(faults).toEqual([]);
      return;
    }
  });
});
