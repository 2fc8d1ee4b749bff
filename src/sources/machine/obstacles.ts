import { versionNumber } from '../../core/model/bpftrace-version.ts';
import type { ErrorCode } from '../../core/model/errors.ts';
import type { Hook } from '../../core/model/hook.ts';
import { atLeast } from './kernel.ts';
import type { Machine } from './machine.ts';
import type { Capability } from './privileges.ts';

/** Why this machine cannot be observed, and what to do. */
export interface Obstacle {
  readonly code: ErrorCode;
  readonly message: string;
  readonly mend: string;
}

/** Mends in a container are done from outside of it. */
const DOCKER = '--cap-add BPF --cap-add PERFMON -v /sys/kernel/tracing:/sys/kernel/tracing';

/** Every reason why nothing can be observed here, the one to mend first first. Empty where the machine can be observed. */
export function obstaclesOf(machine: Machine, hooks: readonly Hook[]): readonly Obstacle[] {
  const obstacles = [bpftraceObstacle, privilegeObstacle, tracefsObstacle, lockdownObstacle].flatMap((look) => look(machine) ?? []);
  // Without tracepoints to look at, that no script fits says nothing new.
  return obstacles.length > 0 ? obstacles : (stateHookObstacle(hooks) ?? []);
}

function bpftraceObstacle({ tools: { bpftrace } }: Machine): Obstacle[] | null {
  if (bpftrace.value === null) {
    return [{ code: 'BPFTRACE_MISSING', message: `bpftrace does not run here (${bpftrace.evidence})`, mend: 'apt-get install bpftrace' }];
  }
  if (bpftrace.value.standing !== 'too-old') return null;
  return [
    {
      code: 'BPFTRACE_TOO_OLD',
      message: `bpftrace ${bpftrace.value.version} is too old: 0.14 is the least, 0.17 or newer is better`,
      mend: 'install a newer one: Debian 12 and Ubuntu 22.04 have it, or take a binary from github.com/bpftrace/bpftrace/releases',
    },
  ];
}

function privilegeObstacle({ privileges, kernel, tools, surroundings }: Machine): Obstacle[] | null {
  const root = privileges.uid.value === 0;
  const lacking = lackingCapabilities(privileges.effective.value, kernel.release.value);
  if (lacking.length === 0 && (root || runsUnprivileged(tools.bpftrace.value?.version))) return null;
  const contained = surroundings.container.value === true;
  if (root) {
    return [
      {
        code: 'NOT_PRIVILEGED',
        message: `root here lacks ${lacking.join(' and ')}`,
        mend: contained ? `start the container with ${DOCKER}` : 'start from a shell that was not stripped of them (capsh --print)',
      },
    ];
  }
  return [
    {
      code: 'NOT_PRIVILEGED',
      message: `bpftrace needs root, and this is user ${privileges.uid.value ?? 'unknown'}`,
      mend: contained ? `run as root in the container, started with ${DOCKER}` : 'run as root: sudo synoptic …',
    },
  ];
}

/** Loading and attaching takes CAP_BPF and CAP_PERFMON from Linux 5.8, CAP_SYS_ADMIN before (and still instead). */
export function lackingCapabilities(held: readonly Capability[], release: string): readonly Capability[] {
  if (held.includes('CAP_SYS_ADMIN')) return [];
  if (!atLeast(release, 5, 8)) return ['CAP_SYS_ADMIN'];
  return (['CAP_BPF', 'CAP_PERFMON'] as const).filter((capability) => !held.includes(capability));
}

/** bpftrace itself refuses every user but root before 0.25. */
function runsUnprivileged(version: string | undefined): boolean {
  return versionNumber(version ?? '0.0') >= 25;
}

function tracefsObstacle({ tracefs, surroundings, privileges }: Machine): Obstacle[] | null {
  const contained = surroundings.container.value === true;
  if (tracefs.folder.value === null) {
    return [
      {
        code: 'TRACEFS_MISSING',
        message: `The kernel's tracepoints cannot be found: ${tracefs.folder.evidence}`,
        mend: contained
          ? 'start the container with -v /sys/kernel/tracing:/sys/kernel/tracing'
          : 'mount -t tracefs nodev /sys/kernel/tracing',
      },
    ];
  }
  if (tracefs.readable.value) return null;
  // Without root the mend is to be root, which is said already.
  if (privileges.uid.value !== 0 && privileges.uid.value !== null) return null;
  return [
    {
      code: 'TRACEFS_MISSING',
      message: `The kernel's tracepoints may not be read: ${tracefs.readable.evidence}`,
      mend: `as root: ls ${tracefs.folder.value}; a security module (AppArmor, SELinux) may forbid it`,
    },
  ];
}

function lockdownObstacle({ kernel: { lockdown } }: Machine): Obstacle[] | null {
  if (lockdown.value !== 'confidentiality') return null;
  return [
    {
      code: 'BPFTRACE_REFUSED',
      message: `Kernel lockdown is "confidentiality" (${lockdown.evidence}): BPF may not read kernel memory, so no hook can attach`,
      mend: 'boot with lockdown=integrity, which leaves BPF alone',
    },
  ];
}

function stateHookObstacle(hooks: readonly Hook[]): Obstacle[] | null {
  const state = hooks.find((hook) => hook.fact === 'sock-state');
  if (state !== undefined && state.script !== null) return null;
  return [
    {
      code: 'NO_STATE_HOOK',
      message: `No hook for TCP state changes fits this kernel${state?.lack ? `: ${state.lack}` : ''}`,
      mend: 'use Linux 4.16 or newer (tracepoint sock:inet_sock_set_state), or a kernel with CONFIG_KPROBES=y',
    },
  ];
}
