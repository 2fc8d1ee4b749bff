import type { Input, StartInput } from '../../src/core/model/input.ts';
import type { Golden } from './golden.ts';

/** Time between two plays, ns: no longer than heartbeats are apart. */
const BREAK_NS = 200e6;
/** Lines of bpftrace's output that begin with a time; `C` names a thread and has none. */
const TIMED = /^([A-BD-Zlst]) ([0-9a-f]+)/gm;

/**
 * Ordinary traffic for as long as is asked: recordings one after the other, again and again, moved to follow one another in time. After each its
 * namespaces are gone, as they were. One run: it begins with one `start`, and bpftrace runs all the time.
 */
export function* ordinary(plays: readonly Golden[], seconds: number): Generator<Input, void, undefined> {
  const [first] = plays;
  const start = first?.inputs[0];
  if (start?.type !== 'start') throw new Error('a recording begins with a start');
  yield start;
  const untilNs = start.atNs + seconds * 1e9;
  let nextNs = start.atNs;
  for (let turn = 0; nextNs < untilNs; turn++) {
    const play = plays[turn % plays.length];
    if (play === undefined) return;
    const [{ atNs: beganNs } = { atNs: 0 }] = play.inputs;
    const byNs = nextNs - beganNs;
    for (const input of play.inputs) {
      if (input.type === 'start' || (input.type === 'kernel-up' && turn > 0)) continue;
      yield moved(input, byNs, start);
    }
    nextNs = (play.inputs.at(-1)?.atNs ?? beganNs) + byNs + BREAK_NS;
    yield gone(start, nextNs);
  }
}

function moved(input: Exclude<Input, StartInput>, byNs: number, start: StartInput): Input {
  const atNs = input.atNs + byNs;
  switch (input.type) {
    case 'kernel':
      return {
        ...input,
        atNs,
        text: input.text.replace(TIMED, (_, kind: string, ns: string) => `${kind} ${(Number.parseInt(ns, 16) + byNs).toString(16)}`),
      };
    case 'canary':
      return { ...input, atNs, beforeNs: input.beforeNs + byNs, afterNs: input.afterNs + byNs };
    case 'sockets':
    case 'queues':
      return { ...input, atNs, fromNs: input.fromNs + byNs };
    case 'tick':
      return { ...input, atNs, wallUs: start.wallUs + (atNs - start.atNs) / 1000 };
    default:
      return { ...input, atNs };
  }
}

/** A look at our own namespace that finds no other. */
function gone({ netns }: StartInput, atNs: number): Input {
  const none = { timeWait: 0, activeOpens: 0, passiveOpens: 0, estabResets: 0, currEstab: 0, timeWaitOverflow: 0 };
  return { type: 'counters', atNs, netns, ...none, alive: [netns] };
}
