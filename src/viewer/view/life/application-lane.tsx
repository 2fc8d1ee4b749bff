import { duration } from '../../../formats/words/amount.ts';
import { probeInWords } from '../../../formats/words/probe-words.ts';
import { attemptLanes } from '../../model/attempt-lanes.ts';
import { LanePiece } from '../drift/lane-piece.tsx';
import type { LaneProps } from './lane.ts';

/** px */
export const HEIGHT = 34;

/** What our own probe believed of this socket, over what the kernel knew: its attempts, each stretch where it was. */
export function ApplicationLane({ life, scale }: LaneProps) {
  return (
    <>
      {life.attempts.map((event) => {
        const { application, shades } = attemptLanes(event);
        const calledNs = Number(event.ns);
        const x = (us: number): number => scale.x(calledNs + us * 1000);
        return (
          <g key={`${event.target} ${event.attempt}`}>
            <title>{`attempt ${event.attempt}: ${probeInWords(event)}`}</title>
            {shades.map(({ fromUs, toUs, what }) => (
              <g key={`${what}${fromUs}`} class={`shade ${what}`}>
                <title>{`${what === 'gc' ? 'garbage collection' : 'the event loop did not turn'}, ${duration(toUs - fromUs)}`}</title>
                <rect x={x(fromUs)} y="0" width={Math.max(1.5, x(toUs) - x(fromUs))} height={HEIGHT} />
              </g>
            ))}
            {application.map((piece) => (
              <LanePiece key={`${piece.name}${piece.fromUs}`} piece={piece} x={x} y={0} height={HEIGHT - 2} lane="application" />
            ))}
          </g>
        );
      })}
    </>
  );
}
