import { existsSync } from 'node:fs';
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { BTF } from '../machine/kernel.ts';
import { GATHERED, Gatherer } from './gatherer.ts';

/** The shell script that stays root, see its header. tsc does not copy it, so it is always read from src/. */
const KEEPER = fileURLToPath(new URL('../../../src/sources/bpftrace/keeper.sh', import.meta.url));

/** The end of bpftrace, in the keeper's words: always the last thing on stdout until the next start. */
const EXIT = /\n! exit (\d+)\n$/;
const EXIT_LENGTH = 16;

export interface KeeperOptions {
  readonly command: readonly string[];
  readonly capabilities: readonly string[];
  readonly program: string;
  /** Pages of the buffers between kernel and bpftrace: a CPU's for perf buffers (up to 0.17), the ring buffer's whole for newer ones. */
  readonly bufferPages: number;
  /** bpftrace's standard output, one character a byte. */
  onOutput(text: string): void;
  /** A line of its standard error. */
  onStderr(line: string): void;
  /** bpftrace has been started, as this process; what sets its capabilities becomes it. */
  onRunning?(pid: number): void;
  /** `recursion_misses`, summed. */
  onSkips(total: number): void;
  /** bpftrace has ended, all its output has been given; `status` as a shell gives it. */
  onExit(status: number): void;
  /** The keeper itself is gone: no start is possible any more. */
  onGone(reason: string): void;
}

/** The privileged process beside us. */
export class Keeper {
  readonly #process: ReturnType<typeof spawn>;
  readonly #done: Promise<void>;
  readonly #gatherer: Gatherer;
  #tail = '';
  /** Words that wait: until the shell has set its traps, a signal would end it and leave bpftrace behind. */
  #early: string[] | null = [];
  #ended = false;

  constructor(options: KeeperOptions) {
    this.#process = gathering(() => spawn(options));
    this.#gatherer = new Gatherer({ stream: this.#process.stdout.setEncoding('latin1'), take: (text) => this.#output(text, options) });
    eachLine(this.#process.stderr, (line) => options.onStderr(line));
    const third = this.#process.stdio[3];
    if (third !== null && third !== undefined && 'read' in third) {
      eachLine(third, (line) => {
        const skips = /^skips (\d+)$/.exec(line);
        if (skips !== null) options.onSkips(Number(skips[1]));
        const running = /^running (\d+)$/.exec(line);
        if (running === null) return;
        options.onRunning?.(Number(running[1]));
        this.#running();
      });
    }
    this.#process.stdin.on('error', () => undefined);
    this.#process.nodeChildProcess.on('exit', (_status, signal) => signal !== null && this.#hangUp());
    this.#done = this.#process.then((result) => {
      this.#ended = true;
      options.onGone(result.failed ? (result.shortMessage ?? 'it failed') : 'it was told to end');
    });
  }

  /** Gives what has been read of its output. */
  flush(): void {
    this.#gatherer.flush();
  }

  /** Starts bpftrace; it must not be running. */
  start(): void {
    this.#tail = '';
    this.#early = [];
    this.#say('start');
  }

  /** Asks bpftrace to end in order: it prints its last counters. Before it, or before {@link kill} where that comes first, {@link KeeperOptions.onSkips} is told once more. */
  stop(): void {
    this.#tell('stop');
  }

  /** Ends a bpftrace that does not answer. */
  kill(): void {
    this.#tell('kill');
  }

  /** Asks for the skips; {@link KeeperOptions.onSkips} answers. */
  askSkips(): void {
    this.#tell('skips');
  }

  /** Ends bpftrace and the keeper, and waits until both are gone and all output has been read. */
  async close(): Promise<void> {
    if (!this.#ended) this.#process.stdin.end();
    await this.#done;
  }

  /** The keeper was killed and left bpftrace behind, which writes on for as long as we read. */
  #hangUp(): void {
    for (const stream of this.#process.stdio) stream?.destroy();
  }

  #tell(word: string): void {
    if (this.#early === null) this.#say(word);
    else this.#early.push(word);
  }

  #running(): void {
    const words = this.#early ?? [];
    this.#early = null;
    for (const word of words) this.#say(word);
  }

  #say(word: string): void {
    if (!this.#ended && this.#process.stdin.writable) this.#process.stdin.write(`${word}\n`);
  }

  #output(text: string, options: KeeperOptions): void {
    const recent = (this.#tail + text).slice(-EXIT_LENGTH);
    const exit = EXIT.exec(recent);
    this.#tail = recent;
    options.onOutput(text);
    if (exit !== null) options.onExit(Number(exit[1]));
  }
}

function spawn({ command, capabilities, program, bufferPages }: KeeperOptions) {
  return execa('sh', [KEEPER, ...command], {
    env: {
      PROGRAM: program,
      CAPABILITIES: ['-all', ...capabilities.map((name) => `+${name}`)].join(','),
      BPFTRACE_PERF_RB_PAGES: String(bufferPages),
      // Finding it by itself, bpftrace needs CAP_SYS_ADMIN (BPF_BTF_GET_NEXT_ID); reading the file it needs nothing.
      ...(existsSync(BTF) ? { BPFTRACE_BTF: BTF } : {}),
    },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    encoding: 'buffer',
    // A session of its own: Ctrl-C reaches the service alone, which then ends bpftrace in order.
    detached: true,
    cleanup: false,
  });
}

/** Runs `make` so that the streams made by it read no more than they are asked for: a child's are made by Node, which takes no options for them. */
function gathering<T>(make: () => T): T {
  const before = getDefaultHighWaterMark(false);
  setDefaultHighWaterMark(false, GATHERED);
  try {
    return make();
  } finally {
    setDefaultHighWaterMark(false, before);
  }
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('latin1');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) take(line);
  });
}
