import type { FourTuple } from '../../core/model/four-tuple.ts';
import type { Input, KernelInput, ListenerSample, SampledSocket, StartInput, WaitingSample } from '../../core/model/input.ts';
import type { Addresses } from './addresses.ts';
import { figures, redactAttempt } from './attempt.ts';
import type { Names } from './names.ts';
import { ownWords, WITHHELD } from './own-words.ts';
import { redactNamespaces, redactOwners } from './owner.ts';

export interface InputOptions {
  readonly addresses: Addresses;
  readonly names: Names;
  /** Sentences of ours about what a script cannot tell. */
  readonly lacks: ReadonlySet<string>;
}

/**
 * An input with stand-ins; bpftrace's output is {@link import('../../core/decode/rewrite.ts').LineRewriter}'s work. Each field is named here: what a later Synoptic adds to
 * an input is left out until somebody has thought of it.
 */
export function redactInput(input: Exclude<Input, KernelInput>, options: InputOptions): Input {
  const { addresses, names, lacks } = options;
  const { atNs } = input;
  switch (input.type) {
    case 'start':
      return redactStart(input, names);
    case 'kernel-up': {
      const hooks = input.hooks.map(({ fact, script, lack }) => ({ fact, script, lack: lack === null ? null : ownWords(lack, lacks) }));
      return { type: 'kernel-up', atNs, ...(input.running === true ? { running: true } : {}), version: versionOf(input.version), hooks };
    }
    case 'kernel-down':
      return { type: 'kernel-down', atNs, reason: ownWords(input.reason), ...(input.asked === true ? { asked: true } : {}) };
    case 'lost':
      return { type: 'lost', atNs, count: input.count };
    case 'skipped':
      return { type: 'skipped', atNs, total: input.total };
    case 'canary':
      return { type: 'canary', atNs, beforeNs: input.beforeNs, afterNs: input.afterNs, ...redactEnds(input, addresses) };
    case 'sockets': {
      const { fromNs, netns, sockets } = input;
      return { type: 'sockets', fromNs, atNs, netns, sockets: sockets.map((socket) => redactSampled(socket, options)) };
    }
    case 'counters': {
      const { ext, alive, fresh, type: _, ...counts } = input;
      const began = fresh === undefined ? {} : { fresh };
      return { type: 'counters', ...figures(counts), alive, ...began, ...(ext === undefined ? {} : { ext: figures(ext) }) };
    }
    case 'queues': {
      const { fromNs, netns, listeners, waiting, leftOut } = input;
      return {
        ...{ type: 'queues', fromNs, atNs, netns, leftOut },
        listeners: listeners?.map((listener) => redactListener(listener, addresses)) ?? null,
        waiting: waiting?.map((sample) => redactWaiting(sample, addresses)) ?? null,
      };
    }
    case 'sysctls': {
      const values = Object.entries(input.values).filter(([, value]) => value !== undefined && /^[-\d ,]*$/.test(value));
      return { type: 'sysctls', atNs, netns: input.netns, values: Object.fromEntries(values) };
    }
    case 'unsampled':
      return { type: 'unsampled', atNs, why: ownWords(input.why) };
    case 'dialled':
      return { type: 'dialled', atNs, target: names.target(input.target), attempt: input.attempt, ...redactEnds(input, addresses) };
    case 'probe': {
      const { health, suspect, misses } = input.standing;
      return { type: 'probe', atNs, attempt: redactAttempt(input.attempt, options), standing: { health, suspect, misses } };
    }
    case 'owners':
      return redactOwners(input, names);
    case 'namespaces':
      return redactNamespaces(input, names);
    case 'tick':
      return { type: 'tick', atNs, wallUs: input.wallUs };
  }
}

export function redactStart(start: StartInput, names: Names): StartInput {
  const { atNs, wallUs, netns, canaryPort, pid, owners } = start;
  return {
    ...{ type: 'start', atNs, wallUs, netns, canaryPort },
    ...(pid === undefined ? {} : { pid }),
    ...(owners === undefined ? {} : { owners }),
    host: names.host(start.host),
    kernel: versionOf(start.kernel),
    dropReasons: reasons(start.dropReasons),
    resetReasons: reasons(start.resetReasons),
  };
}

/** `6.8.0` of `6.8.0-31-generic`: who builds kernels gives them names of their own. */
export function versionOf(text: string): string {
  return /^\d+(?:\.\d+)*/.exec(text)?.[0] ?? WITHHELD;
}

function reasons(names: Readonly<Record<number, string>>): Record<number, string> {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => /^[A-Z0-9_]+$/.test(name)));
}

function redactEnds({ laddr, lport, raddr, rport }: FourTuple, addresses: Addresses): FourTuple {
  return { laddr: addresses.of(laddr) ?? WITHHELD, lport, raddr: addresses.of(raddr) ?? WITHHELD, rport };
}

function redactSampled(socket: SampledSocket, { addresses, names }: InputOptions): SampledSocket {
  const { state, pid, comm, remainingMs } = socket;
  return { state, pid, comm: comm === null ? null : names.process(comm), remainingMs, ...redactEnds(socket, addresses) };
}

function redactListener({ laddr, lport, waiting, backlog }: ListenerSample, addresses: Addresses): ListenerSample {
  return { laddr: addresses.of(laddr) ?? WITHHELD, lport, waiting, backlog };
}

function redactWaiting(sample: WaitingSample, addresses: Addresses): WaitingSample {
  const { state, recvQ, sendQ, owned, timer, info } = sample;
  return {
    ...{ state, recvQ, sendQ, owned, ...redactEnds(sample, addresses) },
    timer: timer === null ? null : { kind: timer.kind, ms: timer.ms, backoff: timer.backoff },
    info: info === null ? null : figures(info),
  };
}
