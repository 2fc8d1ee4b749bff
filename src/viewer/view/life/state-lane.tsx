import { duration } from '../../../formats/words/amount.ts';
import { isLengthKnown, type Slice } from '../../model/life.ts';
import { stageOf } from '../../model/state-order.ts';
import type { LaneProps } from './lane.ts';

/** px a letter takes, about; both lines are monospaced. */
const LETTER = 6.7;

/** Each stay in a state as a bar with its name and length. A torn left edge: its beginning was not seen. */
export function StateLane({ life, scale }: LaneProps) {
  return (
    <>
      {life.slices.map((slice) => {
        const toNs = slice.toNs ?? life.toNs;
        const [x, right] = [scale.x(slice.fromNs), scale.x(toNs)];
        const width = Math.max(1.5, right - x - 1);
        const length = isLengthKnown(life)
          ? `${slice.startSeen ? '' : '≥ '}${duration((toNs - slice.fromNs) / 1000)}${slice.toNs === null ? ' …' : ''}`
          : 'nobody saw since when';
        const room = Math.floor((width - 8) / LETTER);
        return (
          <g key={`${slice.fromNs}${slice.state}`} class={`slice ${stageOf(slice.state)}${slice.toNs === null ? ' lasting' : ''}`}>
            <title>{`${slice.state}, ${length}${slice.startSeen ? '' : '; its start was not seen'}`}</title>
            <rect x={x} y="0" width={width} height="32" rx="3" />
            {!slice.startSeen && <path class="torn" d={`M${x},0 l5,4 -5,4 5,4 -5,4 5,4 -5,4 5,4 -5,4z`} />}
            {room >= 3 && (
              <text x={x + (slice.startSeen ? 5 : 9)} y="13">
                {fitted(slice.state, room)}
              </text>
            )}
            {room >= length.length && (
              <text class="length" x={x + (slice.startSeen ? 5 : 9)} y="27">
                {length}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

function fitted(state: Slice['state'], room: number): string {
  if (state.length <= room) return state;
  const short = SHORT[state] ?? state;
  return short.length <= room ? short : `${state.slice(0, Math.max(1, room - 1))}…`;
}

/** As ss and kernel hackers write them. */
const SHORT: Readonly<Partial<Record<Slice['state'], string>>> = {
  ESTABLISHED: 'ESTAB',
  FIN_WAIT1: 'FW1',
  FIN_WAIT2: 'FW2',
  TIME_WAIT: 'TW',
  CLOSE_WAIT: 'CW',
  LAST_ACK: 'LA',
  SYN_SENT: 'SS',
  SYN_RECV: 'SR',
};
