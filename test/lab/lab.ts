import { LiveSession } from '../../src/commands/live-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Event } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import { hidesInit } from './hidden.ts';
import { isOf, keep, read } from './keep.ts';
import { release, sweep } from './network.ts';
import type { Scenario, Truth } from './scenario.ts';
import { Seen } from './seen.ts';
import { Stage } from './stage.ts';

/** Scenarios played at the same time: each is idle for most of its time, and must not wait for a CPU. */
const SIDE_BY_SIDE = 14;
/** How often at most a scenario is played whose events the kernel may have skipped. */
const ROUNDS = 3;
/** Gaps that follow from programs that the kernel skipped. */
const EXPLAINED: ReadonlySet<string> = new Set(['skipped', 'unseen']);

/** What became of one scenario: what was done, what the core was given of it, and what it said; or why it could not be played. */
export type Play =
  | { readonly truth: Truth; readonly inputs: readonly Input[]; readonly events: readonly Event[] }
  | { readonly fault: Error };

export interface Session {
  readonly plays: ReadonlyMap<string, Play>;
  /** Whether the kernel skipped one of our programs, or hides a process from them: then an event may be missing anywhere. */
  readonly skipped: boolean;
  /** What else the observation missed, or complained of, in words. */
  readonly missed: readonly string[];
}

/** Plays all scenarios under one observation of this machine, several side by side: each in namespaces of its own. */
export async function playAll(scenarios: readonly Scenario[], hidden: boolean): Promise<Session> {
  await sweep();
  const inputs: Input[] = [];
  const events: Event[] = [];
  const truths = new Map<string, Truth | Error>();
  const said: string[] = [];
  const session = await LiveSession.open({
    config: parseConfig('', 'lab', {}),
    warn: (message) => said.push(message),
    onEnd: (reason) => said.push(reason),
    onEvents: (some) => events.push(...some),
    onInput: (input) => inputs.push(input),
  });
  try {
    const waiting = [...scenarios.entries()];
    const lane = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, scenario] = next;
        truths.set(scenario.name, await Stage.play(scenario, index + 1).catch((error: Error) => error));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  } finally {
    await session[Symbol.asyncDispose]();
    release();
  }
  const pieces = read(inputs);
  const plays = new Map<string, Play>();
  for (const [name, truth] of truths) {
    if (truth instanceof Error) plays.set(name, { fault: truth });
    else plays.set(name, { truth, inputs: keep(pieces, truth), events: events.filter((event) => isOf(truth, event)) });
  }
  const gaps = events.filter((event) => event.kind === 'gap');
  const skipped = hidden || gaps.some(({ cause }) => cause === 'skipped');
  const missed = gaps.filter(({ cause }) => !(skipped && EXPLAINED.has(cause))).map(({ cause, lost, what }) => `${cause} ${lost} ${what}`);
  return { plays, skipped, missed: [...said, ...missed] };
}

/**
 * As {@link playAll}, but what the kernel is known not to have told is played again: it runs no classic tracepoint's program in what interrupts
 * another one (kernel-facts §3), and then a whole exchange goes unseen; on some machines none, and without a word, in what interrupts the first process.
 */
export async function playUntilTold(scenarios: readonly Scenario[]): Promise<Session> {
  const hidden = await hidesInit();
  let session = await playAll(scenarios, hidden);
  for (let round = 1; round < ROUNDS && session.skipped; round++) {
    const untold = scenarios.filter((scenario) => !isTold(scenario, session.plays.get(scenario.name)));
    if (untold.length === 0) break;
    const again = await playAll(untold, hidden);
    session = { ...again, plays: new Map([...session.plays, ...again.plays]), missed: [...session.missed, ...again.missed] };
  }
  return session;
}

function isTold(scenario: Scenario, play: Play | undefined): boolean {
  // One that could not be played has another fault.
  if (play === undefined || 'fault' in play) return true;
  try {
    scenario.proves(new Seen(play.truth, play.events));
    return true;
  } catch {
    return false;
  }
}
