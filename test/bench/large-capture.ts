import type { Input, StartInput } from '../../src/core/model/input.ts';
import { printInput, printKernel } from '../../src/formats/capture/file/frame.ts';
import { SegmentWriter } from '../../src/sinks/capture/segment-writer.ts';
import { headerOf, headOf, stuck } from '../sinks/capture/made.ts';

const NETNS = 4026531833;
/** Connections a second of the capture's time, and between two ticks, ns. */
const RATE = 500;
const TICK_NS = 250e6;
const STEP_NS = 1e9 / RATE;
/** One in so many loses its SYN once. */
const LOSSY = 20;
const HOSTS = 200;
const PIECE = 8192;

const start: StartInput = {
  ...{ type: 'start', atNs: 1e12, wallUs: 1.7e15, host: 'bench', kernel: '6.18', netns: NETNS },
  ...{ dropReasons: {}, resetReasons: {}, canaryPort: 9 },
};

/** The next of a row of numbers below 2^32 that zstd cannot foresee, the same each time. */
class Dice {
  #state = 0x9e3779b9;

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }
}

/**
 * Writes what the flight recorder of a busy host would: connections that come and go, both ends seen, with sequence numbers, ports and
 * pointers as little predictable as real ones; some SYNs sent again. Comes back once the file has at least so many bytes.
 *
 * @returns how many lines of bpftrace's output it holds.
 */
export async function writeLargeCapture(path: string, bytes: number): Promise<number> {
  const writer = await SegmentWriter.create({ path, header: headerOf(start), head: headOf(start), stuck });
  const dice = new Dice();
  let ns = start.atNs;
  let lines = 0;
  while (writer.bytes < bytes) {
    const frames: Buffer[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') frames.push(printKernel(ns, text));
      text = '';
    };
    const untilNs = ns + TICK_NS;
    for (; ns < untilNs; ns += STEP_NS) {
      for (const line of connection(dice, ns)) {
        text += line;
        lines++;
      }
      if (text.length > PIECE) flush();
    }
    flush();
    const tick: Input = { type: 'tick', atNs: ns, wallUs: start.wallUs + (ns - start.atNs) / 1000 };
    frames.push(...printInput(tick));
    await writer.write(frames, frames.length);
  }
  await writer.seal(ns, start.wallUs + (ns - start.atNs) / 1000);
  return lines;
}

/** A whole connection, both ends, in the order in which loopback makes its transitions, as bpf/sock-state.bt and bpf/retransmit.bt print them. */
function* connection(dice: Dice, ns: number): Generator<string> {
  const port = 1024 + (dice.next() % 64_000);
  const host = 1 + (dice.next() % HOSTS);
  const [near, far] = [0x0100000a, ((host << 24) | 0x0a) >>> 0];
  const [client, server] = [0, 1].map(() => `ffff88${(dice.next() * 64).toString(16).padStart(10, '0')}`);
  let atNs = ns;
  const line = (mine: boolean, from: number, to: number, owned: boolean, unbound = false): string => {
    atNs += 1000 + (dice.next() % 20_000);
    const ends = mine ? word(near, far) : word(far, near);
    const ports = mine ? word((unbound ? 0 : port) * 0x10000 + 8080, 23) : word(8080 * 0x10000 + port, 23);
    const what = word(NETNS, 0x10000000 + (from === 5 ? 0x20000000 : 0) + from * 16 + to);
    const [una, nxt] = [dice.next(), dice.next()];
    const text = `${atNs.toString(16)} ${mine ? client : server} ${what} ${ends} ${ports} ${word(una, una)} ${nxt.toString(16)}`;
    return `s ${text} ${owned ? word(4711, 4711) : 0}\n`;
  };
  yield line(true, 7, 2, true, true);
  if (dice.next() % LOSSY === 0) {
    const [seq, ip] = [dice.next(), `::ffff:10.0.0.1 ${port} ::ffff:10.0.0.${host} 8080`];
    atNs += 100_000;
    yield `R ${atNs.toString(16)} ${client} 2 ${NETNS} ${ip} ${seq} ${seq + 1} 2 1 4 0\n`;
  }
  yield line(true, 2, 1, false);
  yield line(false, 10, 3, false);
  yield line(false, 3, 1, false);
  yield line(true, 1, 4, true);
  yield line(false, 1, 8, false);
  yield line(true, 4, 5, false);
  yield line(false, 8, 9, true);
  yield line(true, 5, 7, false);
  yield line(false, 9, 7, false);
}

function word(high: number, low: number): string {
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}
