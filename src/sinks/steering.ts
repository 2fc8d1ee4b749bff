import type { Event } from '../core/model/event.ts';
import type { ReplayState, ReplayView, Steer } from '../formats/replay.ts';

/** A replay that whoever is served may steer: one position for all who look. */
export interface Steering {
  /** Takes a wish and says where the replay stands; what takes long goes on beside. */
  steer(wish: Steer): ReplayState;
  view(): ReplayView;
  /** The last events that led to what the observation says, the oldest first: a page that was not there then can show them. */
  recent(): readonly Event[];
}
