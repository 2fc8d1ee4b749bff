import type { HeartbeatRecord } from '../model/record.ts';
import type { Cursor } from './cursor.ts';

/** `H` of bpf/heartbeat.bt. */
export function decodeHeartbeat(cursor: Cursor): HeartbeatRecord {
  const ns = cursor.hex();
  cursor.done();
  return { type: 'heartbeat', ns };
}
