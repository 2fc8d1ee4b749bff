import type { EventWire } from '../formats/event.ts';
import { placeInWords } from '../formats/words/place.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import { NetnsNames } from '../sources/attribution/netns-names.ts';
import { Places } from '../sources/attribution/places.ts';

/** For each event where its socket is: `in pod web-7f9c, containerd 3f2a1b9c0d4e, netns cni-1`; null where that is nowhere in particular. */
export function whereabouts(): (event: EventWire) => string | null {
  const places = new Places();
  const names = new NetnsNames();
  return (event) => {
    if (!('netns' in event && 'pid' in event)) return null;
    const nowMs = performance.now();
    const placed = event.pid === null ? null : places.of(event.pid, nowMs);
    const name = event.netns === null ? null : names.of(event.netns, nowMs);
    const words = [
      ...(placed === null ? [] : [placeInWords(placed.place, placed.podName)]),
      ...(name === null ? [] : [`netns ${visibleText(name)}`]),
    ].filter((word) => word !== null);
    return words.length === 0 ? null : words.join(', ');
  };
}
