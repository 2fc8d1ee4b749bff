import type { HeartbeatRecord, TurnRecord } from '../model/record.ts';
import type { Cursor } from './cursor.ts';

/** `H` of bpf/heartbeat.bt. */
export function decodeHeartbeat(cursor: Cursor): HeartbeatRecord {
  const ns = cursor.hex();
  cursor.done();
  return { type: 'heartbeat', ns };
}

/** `U` of bpf/heartbeat.bt. */
export function decodeTurn(cursor: Cursor): TurnRecord {
  const ns = cursor.hex();
  cursor.done();
  return { type: 'turn', ns };
}
