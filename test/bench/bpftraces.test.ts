import { describe, expect, it } from 'vitest';
import { markNewest, type Place } from './bpftraces.ts';

const found = (place: Place, version: string) => ({ place, version, command: ['bpftrace'], capabilities: null });
const marks = (...all: ReturnType<typeof found>[]) => markNewest(all).map(({ newest, perfBuffer }) => ({ newest, perfBuffer }));

describe('which targets a bpftrace has', () => {
  it('depends on whether it is the newest of those that run, by number and not by text', () => {
    expect(marks(found('trixie', '0.9.2'), found('sid', '0.27.1'))).toEqual([
      { newest: false, perfBuffer: true },
      { newest: true, perfBuffer: false },
    ]);
  });

  it('is never that of the newest where it still has a perf buffer', () => {
    expect(marks(found('system', '0.17.0'))).toEqual([{ newest: false, perfBuffer: true }]);
    expect(marks(found('system', '0.23.2'))).toEqual([{ newest: true, perfBuffer: false }]);
  });
});
