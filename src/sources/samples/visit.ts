import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { CountersInput, QueuesInput, SysctlsInput, TcpInfoSample } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import { COUNTER_FILES, parseCounters } from './counters.ts';
import { type Dump, type DumpedWaiting, dumpRequest, infoRequest, readDump, readInfo } from './inet-diag.ts';
import type { NetNamespace } from './netns.ts';
import type { NetnsCalls } from './netns-calls.ts';
import { MAX_WAITING, toAsk } from './queues.ts';
import { settingsOf } from './sysctls.ts';

/** A namespace to be looked at. */
export interface Visit {
  readonly namespace: Pick<NetNamespace, 'netns' | 'own' | 'path'>;
  /** Also its connections, not its listeners alone; they are looked at in any case where somebody waits for accept(). */
  readonly connections: boolean;
  /** Also its settings, which take as long as its counters. */
  readonly settings: boolean;
}

/** What a look at one namespace gave. */
export interface Visited {
  readonly netns: number;
  /** Empty where the namespace is gone, or another now has its inode. */
  readonly inputs: readonly (CountersInput | QueuesInput | SysctlsInput)[];
  /** Why it could not be looked at; null where it could. */
  readonly fault: string | null;
  /** What it cost: this thread's time on a CPU, for on a busy machine it mostly waits for one. */
  readonly tookNs: number;
  /** Of that, the connections; null where they were not looked at. */
  readonly connectionsNs: number | null;
}

/** What a look gave, before it is known how long it took. */
type Seen = Pick<Visited, 'inputs' | 'fault' | 'connectionsNs'>;
const GONE: Seen = { inputs: [], fault: null, connectionsNs: null };

/** The kernel fills 32 KiB at most. */
const piece = Buffer.alloc(65_536);
const EMPTY: Pick<Dump, 'waiting' | 'leftOut'> = { waiting: [], leftOut: 0 };

/**
 * Looks at network namespaces by going there: the calling thread, and it alone, enters each with setns(2), reads the kernel's files and asks
 * sock_diag, and goes back. Half a millisecond, and some 100 ns a TCP socket of the whole machine where the namespace has any connection.
 */
export class Visitor {
  readonly #calls: NetnsCalls;
  readonly #home: number;

  constructor(calls: NetnsCalls) {
    this.#calls = calls;
    this.#home = openSync('/proc/thread-self/ns/net', 'r');
  }

  /** @throws Error where there is no way home: then this thread must not go on. */
  visit(visit: Visit): Visited {
    const fromNs = spentNs();
    const { netns, own, path } = visit.namespace;
    const seen = own ? this.#look(visit) : this.#there(path, netns, () => this.#look(visit));
    return { netns, ...seen, tookNs: spentNs() - fromNs };
  }

  /** Looks from within a namespace. */
  #there(path: string, netns: number, look: () => Seen): Seen {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return GONE;
    }
    try {
      // Through our own open file: the path could by now lead to another one.
      if (fstatSync(fd).ino !== netns) return GONE;
      const refused = this.#calls.enter(fd);
      if (refused !== null) return { ...GONE, fault: `setns: ${refused}` };
      const seen = look();
      const lost = this.#calls.enter(this.#home);
      if (lost !== null) throw new Error(`cannot leave network namespace ${netns}: ${lost}`);
      return seen;
    } finally {
      closeSync(fd);
    }
  }

  /** Throws nothing: whoever is in another namespace must come back. */
  #look({ namespace: { netns }, connections, settings }: Visit): Seen {
    try {
      const set = settings ? [settingsHere(netns)] : [];
      const counters = countersHere(netns);
      const { queues, connectionsNs } = this.#queues(netns, connections, counters.currEstab > 0);
      return { inputs: [...set, counters, queues], fault: null, connectionsNs };
    } catch (error) {
      return { ...GONE, fault: error instanceof Error ? error.message : String(error) };
    }
  }

  #queues(netns: number, wanted: boolean, any: boolean): { readonly queues: QueuesInput; readonly connectionsNs: number | null } {
    const fd = this.#calls.openDiag();
    if (typeof fd === 'string') throw new Error(`sock_diag: ${fd}`);
    try {
      const fromNs = nowNs();
      const { listeners } = this.#dump(fd, 'listeners');
      const connections = wanted || listeners.some((one) => one.waiting > 0);
      if (!connections)
        return { queues: { type: 'queues', fromNs, atNs: nowNs(), netns, listeners, waiting: null, leftOut: 0 }, connectionsNs: null };
      const beforeNs = spentNs();
      const { waiting, leftOut } = any ? this.#dump(fd, 'connections') : EMPTY;
      const infos = new Map(toAsk(waiting, true).map((one) => [one, this.#infoOf(fd, one)]));
      const samples = waiting.map((one) => {
        const { family: _, id: __, ...sample } = one;
        return { ...sample, info: infos.get(one) ?? null };
      });
      const atNs = nowNs();
      return { queues: { type: 'queues', fromNs, atNs, netns, listeners, waiting: samples, leftOut }, connectionsNs: spentNs() - beforeNs };
    } finally {
      this.#calls.close(fd);
    }
  }

  #dump(fd: number, what: Parameters<typeof dumpRequest>[0]): Dump {
    const dump: Dump = { listeners: [], waiting: [], leftOut: 0 };
    this.#send(fd, dumpRequest(what));
    while (!readDump(this.#receive(fd), dump, MAX_WAITING));
    return dump;
  }

  #infoOf(fd: number, one: DumpedWaiting): TcpInfoSample | null {
    this.#send(fd, infoRequest(one));
    return readInfo(this.#receive(fd));
  }

  #send(fd: number, request: Buffer): void {
    const refused = this.#calls.send(fd, request);
    if (refused !== null) throw new Error(`sock_diag: ${refused}`);
  }

  #receive(fd: number): Buffer {
    const length = this.#calls.receive(fd, piece);
    if (typeof length === 'string') throw new Error(`sock_diag: ${length}`);
    return piece.subarray(0, length);
  }
}

/** CPU time of this thread; where Node does not tell it (before 23.9), the clock's. */
function spentNs(): number {
  if (typeof process.threadCpuUsage !== 'function') return nowNs();
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

/** /proc/net is the process's; this is the thread's, so that of the namespace it is in. */
function countersHere(netns: number): CountersInput {
  const fromNs = nowNs();
  const text = COUNTER_FILES.map((file) => readFileSync(`/proc/thread-self/net/${file}`, 'utf8')).join('');
  return { type: 'counters', fromNs, atNs: nowNs(), netns, alive: null, ...parseCounters(text) };
}

/** /proc/sys shows the settings of the thread that reads. */
function settingsHere(netns: number): SysctlsInput {
  return { type: 'sysctls', atNs: nowNs(), netns, values: settingsOf((file) => readFileSync(file, 'utf8')) };
}
