import { describe, expect, it } from 'vitest';
import { Turnstile } from '../../../src/sources/probes/turnstile.ts';

/** Who was let in, in order. */
function watched(limit: number) {
  const turnstile = new Turnstile(limit);
  const seen: string[] = [];
  return {
    turnstile,
    seen,
    enter: (name: string, host = name) => void turnstile.enter(host).then(() => seen.push(name)),
    /** Lets everything that is due happen. */
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

describe('the turnstile', () => {
  it('lets no more in than its limit, and the others in the order of coming', async () => {
    const { turnstile, seen, enter, settle } = watched(2);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    await settle();
    expect(seen).toEqual(['a', 'b']);
    turnstile.leave('b');
    await settle();
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(turnstile.inside).toBe(2);
  });

  it('lets one in to a host, and others past who wait for it', async () => {
    const { turnstile, seen, enter, settle } = watched(10);
    enter('first', 'host');
    enter('second', 'host');
    enter('third', 'host');
    enter('other');
    await settle();
    expect(seen).toEqual(['first', 'other']);
    turnstile.leave('host');
    await settle();
    expect(seen).toEqual(['first', 'other', 'second']);
  });

  it('keeps a host to itself while its next waits for the limit', async () => {
    const { turnstile, seen, enter, settle } = watched(1);
    enter('a1', 'a');
    enter('a2', 'a');
    enter('b');
    enter('a3', 'a');
    for (const host of ['a', 'b', 'a', 'a']) {
      await settle();
      turnstile.leave(host);
    }
    expect(seen).toEqual(['a1', 'b', 'a2', 'a3']);
    expect(turnstile.inside).toBe(0);
  });
});
