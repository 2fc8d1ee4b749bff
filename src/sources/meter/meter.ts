import type { Observer } from '../../formats/status.ts';
import { Lives } from './lives.ts';
import { LoopDelay } from './loop-delay.ts';
import { type KernelUnits, kernelUnits, readProcess } from './process-stat.ts';
import { Rate } from './rate.ts';

/** Totals of what bpftrace wrote and this process has read. */
export interface Output {
  readonly lines: number;
  readonly bytes: number;
}

export interface MeterOptions {
  /** Monotonic nanoseconds. */
  now(): number;
  /** The bpftrace that is observed with; null where there will never be one, because a recording plays. */
  readonly bpftrace: {
    /** The one that runs now; null while none does. */
    pid(): number | null;
    output(): Output;
  } | null;
}

/** What a meter can tell; the rest of {@link Observer} is known to the pipeline and to whoever serves. */
export type Cost = Pick<Observer, 'cpuCores' | 'memoryBytes' | 'bpftrace' | 'node' | 'commands' | 'output' | 'loop'>;

/** Between looks. One look reads two small files: under 0.0002 of a core. */
const LOOK_MS = 1000;

/** What observing costs: looks once a second at bpftrace and at this process, all its threads, and keeps no process alive. */
export class Meter implements Disposable {
  readonly #options: MeterOptions;
  readonly #units: KernelUnits = kernelUnits();
  readonly #loop: LoopDelay;
  readonly #timer: NodeJS.Timeout;
  readonly #bpftrace = new Lives();
  readonly #cpu = { bpftrace: new Rate(), node: new Rate(), commands: new Rate() };
  readonly #lines = new Rate();
  readonly #bytes = new Rate();
  #cost: Cost;

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#loop = new LoopDelay(options.now());
    this.#cost = this.#look();
    this.#timer = setInterval(() => {
      this.#cost = this.#look();
    }, LOOK_MS).unref();
  }

  /** As last looked at. */
  get cost(): Cost {
    return this.#cost;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#loop[Symbol.dispose]();
  }

  #look(): Cost {
    const nowNs = this.#options.now();
    this.#loop.turn(nowNs);
    const bpftrace = this.#lookAtBpftrace(nowNs);
    const { node, commands } = this.#lookAtNode(nowNs);
    return {
      cpuCores: sum([bpftrace.cpuCores, node.cpuCores, commands.cpuCores]),
      memoryBytes: sum([bpftrace.rssBytes, node.rssBytes]),
      bpftrace,
      node,
      commands,
      output: this.#lookAtOutput(nowNs),
      loop: this.#loop.figures,
    };
  }

  #lookAtBpftrace(nowNs: number): Cost['bpftrace'] {
    const unknown = { pid: null, cpuCores: null, cpuSeconds: null, rssBytes: null };
    if (this.#options.bpftrace === null) return unknown;
    const pid = this.#options.bpftrace.pid();
    const reading = pid === null ? null : readProcess(pid, this.#units);
    if (pid !== null && reading === null) {
      this.#cpu.bpftrace.forget();
      return { ...unknown, pid };
    }
    if (reading !== null) this.#bpftrace.read(`${pid} ${reading.began}`, reading.cpuSeconds);
    const { total } = this.#bpftrace;
    return { pid, cpuCores: this.#cores('bpftrace', nowNs, total), cpuSeconds: total, rssBytes: reading?.rssBytes ?? 0 };
  }

  #lookAtNode(nowNs: number): Pick<Cost, 'node' | 'commands'> {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    const reading = readProcess('self', this.#units);
    const commandsSeconds = reading?.childrenCpuSeconds ?? null;
    return {
      node: { cpuCores: this.#cores('node', nowNs, cpuSeconds), cpuSeconds, rssBytes: reading?.rssBytes ?? null },
      commands: {
        cpuCores: commandsSeconds === null ? null : this.#cores('commands', nowNs, commandsSeconds),
        cpuSeconds: commandsSeconds,
      },
    };
  }

  #lookAtOutput(nowNs: number): Cost['output'] {
    if (this.#options.bpftrace === null) return null;
    const { lines, bytes } = this.#options.bpftrace.output();
    this.#lines.add(nowNs, lines);
    this.#bytes.add(nowNs, bytes);
    return { lines, linesPerSecond: this.#lines.perSecond, bytes, bytesPerSecond: this.#bytes.perSecond };
  }

  #cores(process: 'bpftrace' | 'node' | 'commands', nowNs: number, total: number): number | null {
    const rate = this.#cpu[process];
    rate.add(nowNs, total);
    return rate.perSecond === null ? null : tenThousandths(rate.perSecond);
  }
}

/** Null where any part is not known: a sum of the rest would look cheaper than it is. */
function sum(parts: readonly (number | null)[]): number | null {
  let total = 0;
  for (const part of parts) {
    if (part === null) return null;
    total += part;
  }
  return tenThousandths(total);
}

/** /proc is no more exact. */
function tenThousandths(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
