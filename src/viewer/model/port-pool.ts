import type { NetstackView } from '../../formats/netstack.ts';
import type { TimeWaitGroup } from '../../formats/status.ts';

/** How many local ports the kernel may choose from for connections outwards. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
  readonly size: number;
}

/** `net.ipv4.ip_local_port_range` out of the netstack audit; null where it is not there. */
export function portRange(settings: NetstackView): PortRange | null {
  const found = settings.find(({ setting }) => setting === 'net.ipv4.ip_local_port_range');
  const [, low, high] = /^(\d+)\s+(\d+)$/.exec(found?.value ?? '') ?? [];
  return low === undefined || high === undefined ? null : { low: Number(low), high: Number(high), size: Number(high) - Number(low) + 1 };
}

/** One destination's pool: every four-tuple to it differs in nothing but the local port. */
export interface Pool {
  readonly group: TimeWaitGroup;
  /** Of the range, 0 to 1 and above where ports outside of it are used, too; null where the range is not known. */
  readonly share: number | null;
  /** `full` from 85 %, `filling` from 60 %: shown in words beside the bar. */
  readonly tone: 'calm' | 'filling' | 'full';
}

export function poolOf(group: TimeWaitGroup, range: PortRange | null): Pool {
  const share = range === null ? null : group.count / range.size;
  return { group, share, tone: share === null || share < 0.6 ? 'calm' : share < 0.85 ? 'filling' : 'full' };
}
