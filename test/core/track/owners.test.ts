import { describe, expect, it } from 'vitest';
import type { OwnersInput } from '../../../src/core/model/input.ts';
import type { Owner } from '../../../src/core/model/owner.ts';
import { type Owned, OwnerBook } from '../../../src/core/track/owners.ts';

const MS = 1e6;
const NONE = { type: 'owners', found: [], still: [], gone: [], hidden: [], unread: [] } as const;

const called = (comm: string, pid = 7): Owner => ({ pid, comm, unit: `${comm}.service`, container: null, pod: null, lack: null });

/** A book that is told moments in ms. */
class Story {
  readonly book = new OwnerBook(true);

  at(ms: number, lists: Partial<OwnersInput>): this {
    this.book.take({ ...NONE, ...lists, atNs: ms * MS });
    return this;
  }

  found(ms: number, startedMs: number, owner: Owner): this {
    return this.at(ms, { found: [{ startedNs: startedMs * MS, owner }] });
  }

  /** A socket that `comm` held under this pid at a moment, or within a listing. */
  socket(ms: number, comm: string | null = 'nginx', toMs = ms): Owned {
    const sock = { pid: 7, owner: null as Owner | null };
    sock.owner = this.book.claim(sock, 7, comm, ms * MS, toMs * MS);
    return sock;
  }
}

describe('whose socket it is', () => {
  it('is answered for all that was done between a process’s start and when it was seen', () => {
    const story = new Story().found(500, 100, called('nginx'));
    expect(story.socket(300).owner?.comm).toBe('nginx');
    expect(story.socket(500).owner?.comm).toBe('nginx');
  });

  it('waits where nobody has looked since, and is filled in by the next look', () => {
    const story = new Story().found(500, 100, called('nginx'));
    const sock = story.socket(501);
    expect(sock.owner).toBeNull();
    expect([...story.book.takeAsked()]).toEqual([7]);
    story.at(502, { still: [7] });
    expect(sock.owner).toEqual(called('nginx'));
  });

  it('is never another’s who has taken over the pid: that one was started later', () => {
    const story = new Story().found(500, 100, called('nginx'));
    const [before, between] = [story.socket(499), story.socket(600)];
    story.found(900, 700, called('curl'));
    expect(before.owner?.comm).toBe('nginx');
    expect(between.owner).toMatchObject({ pid: 7, comm: null, unit: null, lack: 'gone' });
    expect(story.socket(800, 'curl').owner?.comm).toBe('curl');
    // A record that comes late still finds who it was.
    expect(story.socket(450).owner?.comm).toBe('nginx');
  });

  it('is gone where the process had ended before anybody looked, and stays who it was where not', () => {
    const story = new Story();
    const sock = story.socket(100);
    story.at(105, { gone: [7] });
    expect(sock.owner?.lack).toBe('gone');
    // What is told of the same moment later needs no further look.
    expect(story.socket(104).owner?.lack).toBe('gone');
    expect(story.socket(106).owner).toBeNull();
  });

  it('is not sure where both had the pid within the step of the clock, unless the name says who', () => {
    const story = new Story().found(500, 495, called('curl'));
    expect(story.socket(498, 'nginx').owner?.lack).toBe('unsure');
    expect(story.socket(498, 'curl').owner?.comm).toBe('curl');
    expect(story.socket(498, null).owner?.comm).toBe('curl');
  });

  it('of a listing is who had the pid all that time', () => {
    const story = new Story().found(500, 100, called('nginx'));
    expect(story.socket(450, null, 499).owner?.comm).toBe('nginx');
    expect(story.socket(90, null, 499).owner?.lack).toBe('gone');
    const later = story.socket(450, null, 501);
    expect(later.owner).toBeNull();
    story.at(502, { still: [7] });
    expect(later.owner?.comm).toBe('nginx');
  });

  it.each(['hidden', 'unread'] as const)('says why nothing is known: %s', (lack) => {
    const story = new Story();
    const sock = story.socket(100);
    story.at(105, { [lack]: [7] });
    expect(sock.owner).toEqual({ pid: 7, comm: null, unit: null, container: null, pod: null, lack });
  });

  it('is known again after one look was left out', () => {
    const story = new Story().found(500, 100, called('nginx')).at(600, { unread: [7] });
    expect(story.socket(590).owner?.lack).toBe('unread');
    story.at(700, { still: [7] });
    expect(story.socket(690).owner?.comm).toBe('nginx');
  });

  it('is not written into a socket that has another owner by then', () => {
    const story = new Story();
    const sock = { pid: 7, owner: null as Owner | null };
    story.book.claim(sock, 7, 'nginx', 100 * MS);
    sock.pid = 8;
    story.found(200, 50, called('nginx'));
    expect(sock.owner).toBeNull();
  });
});

describe('what is asked', () => {
  it('is each pid once until it is taken, and nothing where nobody answers', () => {
    const { book } = new Story();
    for (const pid of [7, 7, 8, 7]) book.met(pid);
    expect([...book.takeAsked()]).toEqual([7, 8]);
    book.met(7);
    expect(book.asked).toBe(1);
    const old = new OwnerBook();
    old.met(7);
    expect([old.asked, old.claim({ pid: 7, owner: null }, 7, null, 1)]).toEqual([0, null]);
  });

  it('and what is remembered has a bound, whatever comes', () => {
    const story = new Story();
    for (let pid = 1; pid <= 30_000; pid++) {
      story.book.met(pid);
      story.book.claim({ pid, owner: null }, pid, 'a', 5 * MS);
    }
    expect(story.book.asked).toBeLessThanOrEqual(4096);
    for (let pid = 1; pid <= 30_000; pid++) story.found(10, 1, called('a', pid));
    expect([...story.book.known()]).toHaveLength(10_000);
  });
});

describe('whom a finding means', () => {
  it('is the process that had the pid when it began, never its successor', () => {
    const story = new Story().found(500, 100, called('nginx'));
    expect(story.book.meant(7, 400 * MS)?.comm).toBe('nginx');
    expect(story.book.meant(7, 50 * MS)?.lack).toBe('gone');
    expect(story.book.meant(8, 400 * MS)).toBeNull();
    story.found(900, 700, called('curl'));
    expect(story.book.meant(7, 400 * MS)?.comm).toBe('nginx');
    expect(story.book.meant(7, 600 * MS)?.lack).toBe('gone');
    expect(story.book.meant(7, 800 * MS)?.comm).toBe('curl');
  });
});
