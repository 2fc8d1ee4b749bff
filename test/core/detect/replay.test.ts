import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/core/model/event.ts';
import type { Input } from '../../../src/core/model/input.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { parseRecording, printHeader, printInput } from '../../../src/formats/recording.ts';
import { readRecording } from '../../../src/sources/replay/recording.ts';
import { at, counters, overflowDrop, queues, Story, step, sysctls, told } from './stories.ts';

/** What a fresh pipeline says of a list of inputs that begins with `start`. */
function replayed(inputs: readonly Input[]): Event[] {
  const [first] = inputs;
  if (first?.type !== 'start') throw new Error('no start');
  const pipeline = new Pipeline(first, { maxSockets: 100_000 });
  return inputs.slice(1).flatMap((input) => [...pipeline.accept(input)]);
}

describe('findings', () => {
  it('are the same, bit for bit, when a recording of the inputs is replayed', () => {
    const story = new Story();
    story
      .take(sysctls(0, { 'ipv4.ip_local_port_range': '40000 40100' }))
      .take(counters(0.1))
      .until(1);
    story
      .take(told([overflowDrop(1.1)]))
      .take(queues(1.3, [{ laddr: '10.0.0.1', lport: 8080, waiting: 3, backlog: 2 }]))
      .until(2);
    const ends = { lport: 0, skaddr: 0x77 };
    const refused = [
      step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(2.1), ...ends }),
      step({ from: 'SYN_SENT', to: 'CLOSE', ns: at(2.1) + 9, ...ends }),
    ];
    story
      .take(told(refused))
      .take({ type: 'skipped', atNs: at(2.2), total: 3 })
      .until(40);
    const text = printHeader('a story') + story.inputs.map(printInput).join('');
    const again = replayed(parseRecording(text, 'story').inputs);
    expect(again).toEqual(story.events);
    expect(JSON.stringify(again)).toBe(JSON.stringify(story.events));
    expect(new Set(story.findings().map(({ detector }) => detector))).toEqual(new Set(['accept-queue', 'time-wait-buildup']));
  });

  it('are none above info in the recorded incident of the demo that is none of theirs, which has no samples for them', () => {
    const { inputs } = readRecording('src/sources/replay/demo.ndjson.zst');
    const found = replayed(inputs).filter((event) => event.kind === 'finding');
    expect(found.filter(({ severity }) => severity !== 'info').map(({ summary }) => summary)).toEqual([]);
  });
});
