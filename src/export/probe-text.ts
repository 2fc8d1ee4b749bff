import { CAUSES } from '../core/model/cause.ts';
import type { ProbeWire } from '../formats/probe.ts';
import { duration, many } from '../formats/words/amount.ts';
import { endpoint } from '../formats/words/endpoint.ts';
import { mismatchInWords, probeInWords, stagesInWords } from '../formats/words/probe-words.ts';
import { socketInWords } from '../formats/words/socket-words.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import { driftLines } from './probe-drift.ts';
import { atMs, laneLines } from './probe-lanes.ts';
import { wrapped } from './wrap.ts';

const RED = '\x1b[31m';
const GREEN = '\x1b[32m';
const YELLOW = '\x1b[33m';
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** One attempt for a person, in 80 columns: what came of it, its two lanes, and where the time went. Ends in an empty line. */
export function probeText(probe: ProbeWire, colour = false): string {
  const { target, attempt, reason, laddr, lport, raddr, rport, mismatch, update } = probe;
  const ends = `${laddr === null ? '?' : endpoint(laddr, lport ?? 0)} → ${raddr === null ? '?' : endpoint(raddr, rport)}`;
  const number = `${reason === 'compensating' ? 'compensating ' : ''}attempt ${attempt}`;
  if (update !== null) {
    const said =
      update === 'gone' ? 'the socket that outlived it is gone' : `over, and its socket is still in ${probe.kernel?.state ?? '?'}`;
    return `${[...wrapped(`${visibleText(target)}  ${number}, ${ends}: ${said}`, 0), ''].join('\n')}\n`;
  }
  const lines = [
    paint(visibleText(target), BOLD, colour),
    `  ${number}, ${probe.at.slice(11, 26)} UTC, ${ends}`,
    ...wrapped(probeInWords(probe), 2).map((line) => paint(line, probe.alive ? GREEN : RED, colour)),
    ...wrapped(stagesInWords(probe), 2),
  ];
  if (mismatch !== null) lines.push(...wrapped(mismatchInWords(mismatch), 2).map((line) => paint(line, YELLOW, colour)));
  if (probe.couldBe.length > 0) {
    const others = probe.couldBe.map((cause) => `${cause} (${CAUSES[cause].words})`).join('; ');
    lines.push(...wrapped(`could as well be: ${others}`, 2));
  }
  lines.push('', ...laneLines(probe), '', ...driftLines(probe));
  const socket = probe.socket === null ? [] : socketInWords(probe.socket).map((line) => `socket  ${line}`);
  for (const note of [...loopNotes(probe), ...notes(probe), ...socket]) lines.push(...wrapped(note, 2));
  lines.push('');
  return `${lines.join('\n')}\n`;
}

function loopNotes({ loop }: ProbeWire): string[] {
  const free = `event loop last free ${duration(-loop.lastFreeUs)} before the call`;
  const said = [loop.lagUs < 1000 ? free : `${free}, its next turn ${duration(loop.lagUs)} overdue`];
  for (const { fromUs, toUs, busyUs } of loop.stalls) {
    said.push(`event loop held for ${duration(toUs - fromUs)} from ${atMs(fromUs).trim()} (${duration(busyUs)} of it busy)`);
  }
  const sum = loop.gcPauses.reduce((us, { fromUs, toUs }) => us + toUs - fromUs, 0);
  if (sum > 0) said.push(`garbage collected ${many(loop.gcPauses.length, 'time')}, ${duration(sum)} in all`);
  return said;
}

function notes({ tls, addresses, phases, bytesSent, bytesReceived, pooled, timeoutMs, standing }: ProbeWire): string[] {
  const said: string[] = [];
  if (phases.lookupEnded !== null) said.push(`name resolved to ${visibleText(addresses.join(' '))}`);
  if (tls !== null) {
    const who = `${tls.subject ?? 'no name'} by ${tls.issuer ?? 'nobody'}, until ${tls.validTo ?? '?'}`;
    said.push(visibleText(`${tls.version} ${tls.cipher}, ${who}`));
  }
  if (pooled !== null) {
    const why = pooled.replaced === null ? '' : `, new because ${visibleText(pooled.replaced)}`;
    said.push(`beat ${pooled.beat} on this connection${why}`);
  }
  said.push(`${many(bytesSent, 'byte')} out, ${many(bytesReceived, 'byte')} in; timeout ${duration(timeoutMs * 1000)}`);
  const { health, suspect, misses } = standing;
  said.push(`target  ${health}${suspect ? ', suspect' : ''}${misses === 0 ? '' : `, ${many(misses, 'miss', 'misses')} in a row`}`);
  return said;
}

function paint(text: string, code: string, colour: boolean): string {
  return colour ? `${code}${text}${PLAIN}` : text;
}
