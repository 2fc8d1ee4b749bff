import { describe, expect, it } from 'vitest';
import { Feed } from '../../../src/viewer/model/feed.ts';

function filled(...rows: string[]): Feed<string> {
  const feed = new Feed<string>(3);
  for (const row of rows) feed.push(row);
  return feed;
}

describe('Feed', () => {
  it('keeps what is being read even after the ring has turned over, and counts what waits', () => {
    const feed = filled('a', 'b');
    feed.pause('scroll');
    for (const row of ['c', 'd', 'e', 'f']) feed.push(row);
    expect([feed.at(0), feed.at(1), feed.at(2)]).toEqual(['b', 'a', undefined]);
    expect([feed.waiting, feed.waitingGone]).toEqual([4, 1]);
    feed.resume();
    expect([feed.at(0), feed.at(2), feed.waiting, feed.paused]).toEqual(['f', 'd', 0, null]);
  });

  it('lets a pause by hand outlast the one that scrolling made', () => {
    const feed = filled('a');
    feed.pause('scroll');
    feed.pause('hand');
    feed.pause('details');
    expect(feed.paused).toBe('hand');
  });

  it('stays where the reader has scrolled to after the details are closed', () => {
    const feed = filled('a');
    feed.pause('details');
    feed.pause('scroll');
    feed.pause('details');
    expect(feed.paused).toBe('scroll');
  });

  it('goes on showing the first moment when it is paused twice', () => {
    const feed = filled('a');
    feed.pause('details');
    feed.push('b');
    feed.pause('hand');
    expect(feed.at(0)).toBe('a');
  });

  it('is empty after clearing, paused or not', () => {
    const feed = filled('a', 'b');
    feed.pause('hand');
    feed.clear();
    expect([feed.length, feed.received, feed.waiting]).toEqual([0, 0, 0]);
  });
});
