import { type Loaded, socketCalls } from '../sockets/calls.ts';
import { type Clocks, clocksOf } from './clocks.ts';
import { type Kernel, kernelOf } from './kernel.ts';
import { type OwnerFacts, ownerFactsOf } from './owner-row.ts';
import { type Privileges, privilegesOf } from './privileges.ts';
import { type Root, rootAt } from './root.ts';
import { type SocketFacts, socketFactsOf } from './socket-facts.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';
import { type ToolOptions, type Tools, toolsOf } from './tools.ts';
import { type Tracefs, tracefsOf } from './tracefs.ts';

/** What this machine is and allows, each fact with its evidence. Nothing is changed by looking. */
export interface Machine {
  readonly kernel: Kernel;
  readonly tracefs: Tracefs;
  readonly privileges: Privileges;
  readonly surroundings: Surroundings;
  readonly clocks: Clocks;
  readonly tools: Tools;
  readonly sockets: SocketFacts;
  readonly owners: OwnerFacts;
}

export interface MachineOptions extends ToolOptions {
  /** @default rootAt('/') */
  readonly root?: Root;
  /** CLOCK_MONOTONIC. @default hrtime.bigint */
  readonly monotonicNs?: () => bigint;
  /** @default socketCalls */
  readonly socketCalls?: () => Loaded;
}

/** Looks at the machine: files at once, then three short commands for versions. Takes 50 to 200 ms, nearly all of it bpftrace's start. */
export async function readMachine(options: MachineOptions = {}): Promise<Machine> {
  const { root = rootAt(), monotonicNs, socketCalls: calls = socketCalls, ...tools } = options;
  const tracefs = tracefsOf(root);
  const surroundings = surroundingsOf(root);
  return {
    tracefs,
    kernel: kernelOf(root, tracefs.folder.value),
    privileges: privilegesOf(root),
    surroundings,
    owners: ownerFactsOf(root, surroundings),
    sockets: socketFactsOf(root, calls()),
    clocks: clocksOf(root, monotonicNs),
    tools: await toolsOf(tools),
  };
}
