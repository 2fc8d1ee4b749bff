import { Fault } from './fault.ts';
import type { Protocol } from './protocol.ts';
import { type Found, Talk } from './talk.ts';

/** Sends and expects, in the order given, for whatever has no file of its own here. A first `expect` waits for a greeting. */
export const exchange: Protocol<'exchange'> = {
  async converse({ target, stream, lane, signal }) {
    const talk = new Talk(stream, lane);
    let heard = '';
    for (const step of target.steps) {
      if ('send' in step) talk.say(step.send);
      else {
        heard = await talk.hear(upTo(step.expect), signal).catch((error: unknown) => {
          throw wrongWhereSomethingElseCame(error, step.expect);
        });
      }
    }
    return heard === '' ? 'sent; nothing was expected' : heard;
  },
};

/** Everything up to the text and the text itself; the value is its last line. */
function upTo(text: string): (held: Buffer) => Found<string> | null {
  const wanted = Buffer.from(text, 'latin1');
  return (held) => {
    const at = held.indexOf(wanted);
    if (at < 0) return null;
    const used = at + wanted.length;
    return { value: held.toString('latin1', held.lastIndexOf(0x0a, Math.max(0, at - 1)) + 1, used).trim(), used };
  };
}

/** A far end that talked, and closed without the right word, gave a wrong answer. */
function wrongWhereSomethingElseCame(error: unknown, expected: string): unknown {
  if (!(error instanceof Fault) || error.failure.cause !== 'ended-early') return error;
  return new Fault('ended-early', 'answer', `the far end closed before ${JSON.stringify(expected)} came`);
}
