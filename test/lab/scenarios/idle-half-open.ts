import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const idleHalfOpen: Scenario = {
  name: 'idle-half-open',
  what: 'A peer vanishes from an idle connection without keep-alive: its own kernel cannot know',
  symptom: 'half-open',
  async play(stage) {
    const { flows } = await stage.pair(2);
    const deed = await stage.does('the server vanishes', flows, () => stage.network.unplug('server'));
    await stage.passes(5000);
    return due(deed, { evidence: 'none from the kernel: unknown until probed' });
  },
  proves(seen) {
    expect(seen.events.filter(seen.after('vanishes'))).toEqual([]);
  },
};
