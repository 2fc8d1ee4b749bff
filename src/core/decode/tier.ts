import type { TierRecord } from '../model/record.ts';
import { type Cursor, DecodeError } from './cursor.ts';

/** `B` of bpf/sock-state*.bt: one socket in so many is told from now on. */
export function decodeTier(cursor: Cursor): TierRecord {
  const ns = cursor.hex();
  const share = cursor.uint();
  cursor.done();
  if (share < 1) throw new DecodeError('expected a share of at least 1');
  return { type: 'tier', ns, share };
}
