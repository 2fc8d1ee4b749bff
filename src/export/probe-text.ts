import { CAUSES } from '../core/model/cause.ts';
import type { ProbeWire } from '../formats/probe.ts';
import { duration, many } from '../formats/words/amount.ts';
import { endpoint } from '../formats/words/endpoint.ts';
import { MOMENT_WORDS, probeInWords, stagesInWords } from '../formats/words/probe-words.ts';
import { socketInWords } from '../formats/words/socket-words.ts';
import { visibleText } from '../formats/words/visible-text.ts';

const RED = '\x1b[31m';
const GREEN = '\x1b[32m';
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** What is said of the kernel's side as long as it is not there. */
const NO_KERNEL = 'kernel  not joined: this is the application’s side alone';

/** One attempt as a small table, its last line saying what is missing; ends in a line end. */
export function probeText(probe: ProbeWire, standing: string, colour = false): string {
  const { target, attempt, reason, laddr, lport, raddr, rport, phases } = probe;
  const ends = `${laddr === null ? '?' : endpoint(laddr, lport ?? 0)} → ${raddr === null ? '?' : endpoint(raddr, rport)}`;
  const number = `${reason === 'compensating' ? 'compensating ' : ''}attempt ${attempt}`;
  const lines = [
    `${paint(target, BOLD, colour)}  ${number}, ${probe.at.slice(11, 26)} UTC, ${ends}`,
    `  ${paint(probeInWords(probe), probe.alive ? GREEN : RED, colour)}`,
    `  ${stagesInWords(probe)}`,
  ];
  if (probe.couldBe.length > 0) {
    lines.push(`  could as well be: ${probe.couldBe.map((cause) => `${cause} (${CAUSES[cause].words})`).join('; ')}`);
  }
  lines.push('', `  ${at(0)}  ${'called'.padEnd(15)} ${loopInWords(probe)}`);
  let last = 0;
  for (const [moment, us] of Object.entries(phases) as [keyof typeof phases, number | null][]) {
    if (us === null) continue;
    const note = notes(probe)[moment];
    const step = us - last < 0.5 ? '' : `${duration(us - last)} later`;
    lines.push(`  ${at(us)}  ${MOMENT_WORDS[moment].padEnd(15)} ${[step, note ?? ''].filter(Boolean).join(', ')}`.trimEnd());
    last = us;
  }
  for (const { fromUs, toUs, busyUs } of probe.loop.stalls) {
    lines.push(`  event loop held for ${duration(toUs - fromUs)} from ${at(fromUs).trim()} (${duration(busyUs)} of it busy)`);
  }
  const { gcPauses } = probe.loop;
  if (gcPauses.length > 0) {
    const sum = gcPauses.reduce((us, { fromUs, toUs }) => us + toUs - fromUs, 0);
    lines.push(`  garbage collected ${many(gcPauses.length, 'time')}, ${duration(sum)} in all`);
  }
  if (probe.socket !== null) lines.push(...socketInWords(probe.socket).map((line) => `  socket  ${line}`));
  lines.push(`  ${NO_KERNEL}`, `  ${standing}`, '');
  return `${lines.join('\n')}\n`;
}

/** All in one unit, so that a column can be read at a glance. */
function at(us: number): string {
  return `+${(us / 1000).toFixed(3)} ms`.padStart(13);
}

function loopInWords({ loop }: ProbeWire): string {
  const free = `event loop last free ${duration(-loop.lastFreeUs)} before`;
  return loop.lagUs < 1000 ? free : `${free}, its next turn ${duration(loop.lagUs)} overdue`;
}

function notes(probe: ProbeWire): Partial<Record<keyof ProbeWire['phases'], string>> {
  const { tls, addresses, bytesSent, bytesReceived, pooled, timeoutMs } = probe;
  return {
    lookupEnded: visibleText(addresses.join(' ')),
    ...(tls !== null && {
      secured: visibleText(
        `${tls.version} ${tls.cipher}, ${tls.subject ?? 'no name'} by ${tls.issuer ?? 'nobody'}, until ${tls.validTo ?? '?'}`,
      ),
    }),
    done: `${many(bytesSent, 'byte')} out, ${many(bytesReceived, 'byte')} in; timeout ${duration(timeoutMs * 1000)}${
      pooled === null
        ? ''
        : `; beat ${pooled.beat} on this connection${pooled.replaced === null ? '' : `, new because ${visibleText(pooled.replaced)}`}`
    }`,
  };
}

function paint(text: string, code: string, colour: boolean): string {
  return colour ? `${code}${text}${PLAIN}` : text;
}
