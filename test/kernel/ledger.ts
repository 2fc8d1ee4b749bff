import { LiveSession } from '../../src/commands/live-session.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { TimeWaitEvent } from '../../src/core/model/event.ts';
import type { Input, StartInput } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';

/** Closed before the kernel's bound is lowered, and after. */
const CLOSES = 20;
/** So many may be in TIME_WAIT then: the kernel makes no more. */
const BUCKETS = 25;
/** 60 s, the rounding of a timer, and a tick. */
const LONGEST_NS = 67e9;
const HOST = '127.0.0.1';

/** What one way of telling said of the same connections. */
interface Told {
  readonly entered: number;
  readonly left: number;
  readonly inferred: number;
  /** From entering to leaving, ms: the least and the most. */
  readonly lastedMs: readonly [number, number];
}

/** TIME_WAIT on this kernel, told by kprobe and inferred from the very same records without them. */
export interface LedgerReport {
  readonly closes: number;
  /** The kernel's own count (sockstat) at its highest, once before its bound was lowered and once after. */
  readonly kernel: readonly [number, number];
  readonly exact: Told;
  readonly inferred: Told;
  /** Of the closes before the bound was lowered: how many local ports both ways say to have entered. */
  readonly agreed: number;
  /** Most that the two ways differ by in when one of these entered, and when it left, ms. */
  readonly apartMs: { readonly enter: number; readonly leave: number };
}

/** Closes connections, waits until the kernel has forgotten them all, and works both ledgers out. Takes a good minute. */
export async function playLedger(patienceMs: number): Promise<LedgerReport> {
  const inputs: Input[] = [];
  const said: TimeWaitEvent[] = [];
  const config = parseConfig(`bpftrace: { startTimeoutMs: ${patienceMs} }\ncaptures: { record: false }\n`, 'ledger', {});
  const live = await LiveSession.open({
    ...{ config, warn: (line: string) => console.error(line), onEnd: (line: string) => console.error(line) },
    onInput: (input) => void inputs.push(input),
    onEvents: (events) => void said.push(...events.filter((event) => event.kind === 'time-wait')),
  });
  await using lab = new LabNamespace();
  const actor = await lab.actor();
  const port = await actor.number('serve', { host: HOST });
  const close = () => actor.does('burst', { host: HOST, port, count: CLOSES, parallel: 1 });
  const kernel = () => Number(/^TCP: .* tw (\d+)/m.exec(lab.run('cat', '/proc/net/sockstat'))?.[1]);
  const ofPort = (phase: TimeWaitEvent['phase']) => said.filter((event) => event.phase === phase && event.rport === port);
  await close();
  const first = kernel();
  await until('the first closes', () => ofPort('enter').length >= CLOSES, patienceMs);
  lab.run('sh', '-c', `echo ${BUCKETS} >/proc/sys/net/ipv4/tcp_max_tw_buckets`);
  await close();
  const second = kernel();
  await until('the last to leave', () => kernel() === 0 && ofPort('leave').length >= second, patienceMs);
  // Inferred, the last may leave only once all the rounding of the kernel's timer is over.
  const lastNs = Math.max(...ofPort('enter').map(({ ns }) => ns));
  await until('the last to be inferred to leave', () => (inputs.at(-1)?.atNs ?? 0) > lastNs + LONGEST_NS, patienceMs);
  await live[Symbol.asyncDispose]();
  const [exact, inferred] = [timeWaitsOf(inputs, port), timeWaitsOf(inputs.map(withoutKprobes), port)];
  const firsts = [...exact.entered].slice(0, CLOSES).filter(([lport]) => inferred.entered.has(lport));
  const apart = (of: 'entered' | 'left') =>
    Math.max(...firsts.map(([lport]) => Math.abs((exact[of].get(lport) ?? Number.NaN) - (inferred[of].get(lport) ?? Number.NaN)) / 1e6));
  return {
    closes: 2 * CLOSES,
    kernel: [first, second],
    exact: toldOf(exact),
    inferred: toldOf(inferred),
    agreed: firsts.length,
    apartMs: { enter: apart('entered'), leave: apart('left') },
  };
}

interface TimeWaits {
  /** When, by local port, CLOCK_MONOTONIC ns. */
  readonly entered: Map<number, number>;
  readonly left: Map<number, number>;
  inferred: number;
}

function timeWaitsOf(inputs: readonly Input[], port: number): TimeWaits {
  const found: TimeWaits = { entered: new Map(), left: new Map(), inferred: 0 };
  let pipeline: Pipeline | null = null;
  for (const input of inputs) {
    // Where a script cannot attach, the session begins again.
    if (input.type === 'start') pipeline = begun(found, input);
    for (const event of pipeline?.accept(input) ?? []) {
      if (event.kind !== 'time-wait' || event.rport !== port) continue;
      (event.phase === 'enter' ? found.entered : found.left).set(event.lport, event.ns);
      if (event.inferred) found.inferred++;
    }
  }
  return found;
}

function begun(found: TimeWaits, start: StartInput): Pipeline {
  found.entered.clear();
  found.left.clear();
  found.inferred = 0;
  return new Pipeline(start, { maxSockets: 10_000 });
}

/** As it would have been where kprobes do not attach. Pieces may be cut within a line, but bpftrace -B full writes whole ones. */
function withoutKprobes(input: Input): Input {
  return input.type === 'kernel' ? { ...input, text: input.text.replaceAll(/^(?:W |@timewait).*\n/gm, '') } : input;
}

function toldOf({ entered, left, inferred }: TimeWaits): Told {
  const lasted = [...left].flatMap(([lport, ns]) => {
    const since = entered.get(lport);
    return since === undefined ? [] : [Math.round((ns - since) / 1e6)];
  });
  return { entered: entered.size, left: left.size, inferred, lastedMs: [Math.min(...lasted), Math.max(...lasted)] };
}

/** What is not as it should be of a report, in words. */
export function ledgerFaults({ closes, kernel, exact, inferred, agreed, apartMs }: LedgerReport): string[] {
  const faults: string[] = [];
  const wrong = (is: boolean, words: string) => is && faults.push(`TIME_WAIT: ${words}`);
  wrong(exact.entered !== kernel[1], `${exact.entered} told to enter, ${kernel[1]} by the kernel's count`);
  wrong(exact.left !== exact.entered, `${exact.left} of ${exact.entered} told to leave`);
  wrong(exact.inferred !== 0, `${exact.inferred} inferred though kprobes attach`);
  wrong(inferred.inferred === 0 || inferred.entered !== closes, `${inferred.entered} inferred to enter of ${closes}`);
  wrong(agreed !== kernel[0], `${agreed} of the first ${kernel[0]} told both ways`);
  wrong(exact.lastedMs[0] < 59_900 || exact.lastedMs[1] > 65_300, `lasted ${exact.lastedMs.join(' to ')} ms`);
  wrong(apartMs.enter > 50, `${apartMs.enter} ms apart in entering`);
  wrong(!(apartMs.leave < 8000), `${apartMs.leave} ms apart in leaving`);
  return faults;
}
