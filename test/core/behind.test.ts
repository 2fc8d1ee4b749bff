import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import { heartbeat, kernel, MS, run, T0, up } from './inputs.ts';
import { print, transition } from './lines.ts';

/** How late all is read. */
const LATE_MS = 1500;
/** One transition each 10 ms; the kernel's counter goes with them. */
const EACH_MS = 10;
const FOR_MS = 4000;

/** A bpftrace that is behind: each record and heartbeat comes late, and a counter, printed with them, says what the kernel has counted when it is printed. */
function behind(isLost: (index: number) => boolean): Input[] {
  const inputs: Input[] = [up(T0)];
  for (let ms = 0; ms < FOR_MS + LATE_MS; ms += EACH_MS) {
    const [madeNs, comesNs] = [T0 + ms * MS, T0 + (ms + LATE_MS) * MS];
    const index = ms / EACH_MS;
    const lines: string[] = [];
    if (ms < FOR_MS && !isLost(index)) lines.push(print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: madeNs, skaddr: index + 1 })));
    if (ms % 500 === 0) lines.push(`@state[7, 2]: ${Math.min(FOR_MS, ms + LATE_MS) / EACH_MS}`);
    if (ms % 250 === 0) lines.push(heartbeat(madeNs));
    if (lines.length > 0) inputs.push(kernel(comesNs, ...lines));
  }
  return inputs;
}

const lost = (events: readonly Event[]) => events.filter((event) => event.kind === 'gap').map((event) => [event.cause, event.lost]);

describe('a bpftrace that is behind', () => {
  it('has counters that are ahead of what it says, which is no loss', () => {
    expect(lost(run(behind(() => false)))).toEqual([]);
  });

  it('has lost what never comes, and no more', () => {
    const gaps = lost(run(behind((index) => index >= 100 && index < 107)));
    expect(gaps.map(([cause]) => cause)).toEqual(gaps.map(() => 'unaccounted'));
    expect(gaps.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(7);
  });
});
