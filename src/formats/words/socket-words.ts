import { FAST_OPENS, type FastOpenView, type SocketInfo, type SocketOption, type SocketOptionName } from '../../core/model/socket-view.ts';
import type { ProbeWire } from '../probe.ts';
import { count, duration, many } from './amount.ts';

/** Units of what the kernel calls a number. */
const UNITS: Readonly<Partial<Record<SocketOptionName, string>>> = { TCP_KEEPIDLE: ' s', TCP_KEEPINTVL: ' s', TCP_USER_TIMEOUT: ' ms' };

/** What a probe's own socket says of itself, a line each: figures, options, Fast Open. */
export function socketInWords({ options, fastOpen, info, why }: NonNullable<ProbeWire['socket']>): string[] {
  const lines = [info === null ? (why ?? 'nothing is known') : infoInWords(info)];
  const plain = options.filter(({ name }) => name !== 'TCP_FASTOPEN_CONNECT');
  if (plain.length > 0) lines.push(plain.map(optionInWords).join(', '));
  if (fastOpen !== null) lines.push(fastOpenInWords(fastOpen));
  return lines;
}

function infoInWords({ state, rttUs, rttVarUs, retransmits, segsOut, segsIn, unacked }: SocketInfo): string {
  const trip = rttUs === null ? 'no round trip' : `round trip ${duration(rttUs)} ± ${duration(rttVarUs ?? 0)}`;
  const again = retransmits === null ? '' : `, ${retransmits === 0 ? 'nothing sent again' : `${many(retransmits, 'segment')} sent again`}`;
  const segments = segsOut === null || segsIn === null ? '' : `, ${many(segsOut, 'segment')} out, ${count(segsIn)} in`;
  return `${state}, ${trip}${again}${segments}${unacked === 0 ? '' : `, ${count(unacked)} not acknowledged`}`;
}

function optionInWords({ name, asked, applied, why }: SocketOption): string {
  const unit = UNITS[name] ?? '';
  if (applied === null) return `${name} ${asked === null ? '' : `${asked}${unit} `}${why ?? 'is not known'}`;
  return `${name} ${applied}${unit}${asked === null ? ' (Node’s own)' : ''}${why === null ? '' : ` (${why})`}`;
}

/** The kernel's counts are added where they say something: what failed here before, and what it does about it. */
function fastOpenInWords({ outcome, why, state }: FastOpenView): string {
  const words = `Fast Open ${outcome}: ${why ?? FAST_OPENS[outcome].words}`;
  const { activeFail, blackhole, blackholeTimeoutS } = state ?? {};
  const told = [
    (activeFail ?? 0) > 0 ? `${count(activeFail ?? 0)} failed in this network namespace so far` : '',
    (blackhole ?? 0) > 0 ? `black holes met ${many(blackhole ?? 0, 'time')}` : '',
    (activeFail ?? 0) > 0 && blackholeTimeoutS === 0 ? 'the kernel never holds it back (tcp_fastopen_blackhole_timeout_sec is 0)' : '',
  ].filter(Boolean);
  return told.length === 0 ? words : `${words} (${told.join('; ')})`;
}
