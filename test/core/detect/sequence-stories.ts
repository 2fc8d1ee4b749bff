import type { DropRecord, NeighbourRecord, ResetRecord, RetransmitRecord, StateRecord } from '../../../src/core/model/record.ts';
import { NETNS } from '../recorded.ts';
import { at, REFUSED, Story, step, told } from './stories.ts';

/** Connections of 10.0.0.1 to a peer's port 80, known by their number, and what happens to them. */
export const PEER = '10.0.0.2';

const pointer = (flow: number): number => 0xc000 + flow;
const of = (flow: number, raddr: string) => ({
  skaddr: pointer(flow),
  netns: NETNS,
  laddr: '10.0.0.1',
  lport: 40_000 + flow,
  raddr,
  rport: 80,
});

/** A connection that is established by `seconds`. */
export function connected(seconds: number, flow: number, raddr = PEER): StateRecord[] {
  const ends = of(flow, raddr);
  return [
    step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(seconds) - 2, ...ends, lport: 0 }),
    step({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: at(seconds), ...ends }),
  ];
}

/** A segment that it refuses. */
export function refuses(seconds: number, flow: number, reason: keyof typeof REFUSED, more: Partial<DropRecord> = {}): DropRecord {
  const number = REFUSED[reason];
  return {
    ...{ type: 'drop', stream: 'drop', key: number, direction: 'received', ns: at(seconds), ...of(flow, PEER), state: 'ESTABLISHED' },
    ...{ reason: number, segSeq: 1000, segAck: 2000, segFlags: 16 },
    ...more,
  };
}

/** Its timer expires for the `retransmits`th time in a row. */
export function expires(seconds: number, flow: number, retransmits: number, more: Partial<RetransmitRecord> = {}): RetransmitRecord {
  return {
    ...{ type: 'retransmit', stream: 'retransmit', key: 0, ns: at(seconds), ...of(flow, PEER), synack: false, state: 'ESTABLISHED' },
    ...{ seqStart: 2000, seqEnd: 2064, flags: 24, retransmits, caState: 4, err: 0 },
    ...more,
  };
}

/** It is reset by its peer. */
export function isReset(seconds: number, flow: number, more: Partial<ResetRecord> = {}): ResetRecord {
  return {
    ...{ type: 'reset', stream: 'reset', key: 1, ns: at(seconds), ...of(flow, PEER), direction: 'received', answers: false },
    ...{ state: 'ESTABLISHED', reason: null },
    ...more,
  };
}

/** The same, from the other end in another namespace of this host. */
export const otherEnd = (flow: number) => ({ netns: NETNS + 1, laddr: PEER, lport: 80, raddr: '10.0.0.1', rport: 40_000 + flow });

export function moves(seconds: number, address = PEER): NeighbourRecord {
  return {
    ...{ type: 'neighbour', stream: 'neighbour', key: 0, ns: at(seconds), address, device: 'eth0', failed: false },
    ...{ oldLink: '02:00:00:00:00:01', newLink: '02:00:00:00:00:02' },
  };
}

/** A timer that expires from `seconds` on, as it does where nothing is acknowledged, up to the `most`th time in a row. */
export function stalls(seconds: number, flow: number, most: number, more: Partial<RetransmitRecord> = {}): RetransmitRecord[] {
  return Array.from({ length: most }, (_, nth) => expires(seconds + 0.2 * (2 ** (nth + 1) - 1), flow, nth + 1, more));
}

/** A story with so many connections to the peer, and what the kernel tells of them. */
export function storyOf(flows: number, records: Parameters<typeof told>[0], seconds: number): Story {
  const story = new Story();
  const numbers = Array.from({ length: flows }, (_, flow) => flow + 1);
  story.take(told(numbers.flatMap((flow) => connected(0.1, flow)))).until(0.5);
  for (const record of [...records].sort((a, b) => a.ns - b.ns)) {
    story.until((record.ns - at(0)) / 1e9 - 0.25);
    story.take(told([record]));
  }
  return story.until(seconds);
}
