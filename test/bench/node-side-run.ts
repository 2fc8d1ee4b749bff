/**
 * Node's side alone: lines of bpftrace's output through the whole core, line → record → order → socket → ledger → event, in one thread.
 *
 * Usage:  node test/bench/node-side-run.ts LIVE LINES [spread]
 *   LIVE    sockets that are established meanwhile
 *   LINES   lines in all
 *   spread  the transitions are of those sockets, in no order (each loses its connection and opens another); else of new ones that
 *           connect and close, ten transitions each
 * Prints: one line of JSON
 *
 * What the engine needs to get warm, the first {@link WARM} lines, is no part of it: an observer runs for days.
 *
 * The lines are those of bpf/sock-state.bt at 100,000 a second, in pieces of 8 KiB as bpftrace empties its buffer. They are made before
 * the clock runs and lie outside JavaScript's heap; what is measured is the process's CPU time, garbage collection in other threads and reading the pieces as text included.
 */

import { frugalAllocator } from '../../src/commands/allocator.ts';
import { startYoung } from '../../src/commands/young-generation.ts';
import type { Input, StartInput } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { SocketHistory } from '../../src/sinks/socket-history.ts';

const NETNS = 4026531833;
const T0 = 1e12;
/** Between two lines, ns. */
const STEP_NS = 10_000;
const TICK_NS = 50e6;
const PIECE = 8192;
const ROUND = 200_000;
const WARM = 600_000;

const [live = 1000, lines = 1_000_000] = process.argv.slice(2, 4).map(Number);
const spread = process.argv[4] === 'spread';

const start: StartInput = {
  type: 'start',
  atNs: T0,
  wallUs: 1.7e15,
  host: 'bench',
  kernel: '6.18',
  netns: NETNS,
  dropReasons: {},
  resetReasons: {},
  canaryPort: 9,
};

/** Makes lines, and packs them into pieces. */
class Script {
  pieces: { atNs: number; bytes: Buffer }[] = [];
  made = 0;
  #text = 'C 1267 \\x73\\x74\\x6f\\x72\\x6d\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n';
  #ns = T0;
  #seq = 1;

  /** One transition: of the socket with this number, seen from the client's end or the server's. */
  line(socket: number, from: number, to: number, { client, port, host, owned }: Where): void {
    this.#ns += STEP_NS;
    this.#seq = (this.#seq + 77) % 0xffffffff;
    const near = 0x0100007f;
    const far = (((host & 255) << 24) | ((host >> 8) << 16) | 0x0a) >>> 0;
    const ends = client ? word(near, far) : word(far, near);
    const ports = client ? word(port * 0x10000 + 8080, 23) : word(8080 * 0x10000 + port, 23);
    const done = from === 5 ? 0x20000000 : 0;
    const what = word(NETNS, 0x10000000 + done + from * 16 + to);
    const pointer = `ffff88${(socket * 0x940).toString(16).padStart(10, '0')}`;
    const line = `${this.#ns.toString(16)} ${pointer} ${what} ${ends} ${ports} ${word(this.#seq, this.#seq)} ${this.#seq.toString(16)}`;
    this.#text += `s ${line} ${owned ? word(4711, 4711) : 0}\n`;
    this.made++;
    if (this.#text.length >= PIECE) this.end();
  }

  end(): void {
    this.pieces.push({ atNs: this.#ns + 2e6, bytes: Buffer.from(this.#text, 'latin1') });
    this.#text = '';
  }
}

interface Where {
  readonly client: boolean;
  readonly port: number;
  readonly host: number;
  readonly owned: boolean;
}

function word(high: number, low: number): string {
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}

const FIRST = 1_000_000;
const where = (index: number, client = true, owned = false): Where => ({
  client,
  port: 1024 + (index % 60_000),
  host: Math.floor(index / 60_000),
  owned,
});

function establish(script: Script, index: number): void {
  script.line(FIRST + index, 7, 2, { ...where(index, true, true), port: 0 });
  script.line(FIRST + index, 2, 1, where(index));
}

/** A whole connection, both ends, in the order in which loopback makes its transitions. */
function connection(script: Script, index: number): void {
  const [client, server] = [2 * (index % 4000), 2 * (index % 4000) + 1];
  const near = { ...where(index % 1_000_000), host: 1000 + (index % 32) };
  const [mine, its] = [
    { ...near, owned: true },
    { ...near, client: false },
  ];
  script.line(client, 7, 2, { ...mine, port: 0 });
  script.line(client, 2, 1, mine);
  script.line(server, 10, 3, its);
  script.line(server, 3, 1, its);
  script.line(client, 1, 4, mine);
  script.line(server, 1, 8, its);
  script.line(client, 4, 5, near);
  script.line(server, 8, 9, { ...its, owned: true });
  script.line(client, 5, 7, near);
  script.line(server, 9, 7, its);
}

// As in the product.
startYoung();
frugalAllocator();
const pipeline = new Pipeline(start, { maxSockets: 2_000_000 });
/** What is remembered of each socket belongs to what every event costs. */
const history = new SocketHistory();
let tickNs = T0;
let events = 0;

function feed(pieces: Script['pieces']): number {
  const before = process.cpuUsage();
  for (const { atNs, bytes } of pieces) {
    accept({ type: 'kernel', atNs, text: bytes.toString('latin1') });
    if (atNs - tickNs < TICK_NS) continue;
    tickNs = atNs;
    accept({ type: 'tick', atNs, wallUs: 1.7e15 + (atNs - T0) / 1000 });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function accept(input: Input): void {
  const given = pipeline.accept(input);
  events += given.length;
  history.accept(given);
}

const script = new Script();
const take = (): Script['pieces'] => {
  script.end();
  return script.pieces.splice(0);
};

accept({ type: 'kernel-up', atNs: T0, version: '0.27.1', hooks: [] });
for (let index = 0; index < live; index++) {
  establish(script, index);
  // What is not fed yet, 4 MB at most, is none of the core's memory.
  if (script.pieces.length > 500) feed(take());
}
feed(take());
globalThis.gc?.();
const filled = process.memoryUsage();
let index = 0;

/** Feeds so many lines more; gives how many it were, and the seconds that took. */
function round(wanted: number): { readonly fed: number; readonly took: number } {
  const from = script.made;
  while (script.made - from < wanted) {
    if (!spread) connection(script, index);
    else {
      const one = (index * 7919) % live;
      script.line(FIRST + one, 1, 7, where(one, true, true));
      establish(script, one);
    }
    index++;
  }
  return { fed: script.made - from, took: feed(take()) };
}

for (let warm = 0; warm < Math.min(WARM, lines); ) warm += round(ROUND).fed;
const perSecond: number[] = [];
let seconds = 0;
let done = 0;
while (done < lines) {
  const { fed, took } = round(Math.min(ROUND, lines - done));
  perSecond.push(fed / took);
  seconds += took;
  done += fed;
}
const sorted = perSecond.toSorted((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({
    live,
    lines: done,
    spread,
    linesPerSecond: Math.round(done / seconds),
    slowest: Math.round(sorted[0] ?? 0),
    fastest: Math.round(sorted.at(-1) ?? 0),
    events,
    sockets: pipeline.sockets.size,
    timeWait: pipeline.timeWait.population(NETNS, tickNs).timeWait,
    rssFilled: filled.rss,
    heapFilled: filled.heapUsed,
    rss: process.memoryUsage().rss,
  })}\n`,
);
