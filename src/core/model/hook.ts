/** A hook: one fact of the kernel, and which script observes it here. */
export interface Hook {
  /** The fact: `sock-state`, `retransmit`, `reset`, `drop`, `socket-error`, `neighbour`, `time-wait`. */
  readonly fact: string;
  /** The script's name without `.bt`, or null where none could attach. */
  readonly script: string | null;
  /** Why not, or what this variant cannot tell; null where it is the best there is. */
  readonly lack: string | null;
}

/** Whether the fact stays unknown: of TIME_WAIT only its exactness is missed, for it is inferred then. */
export function isUnobserved({ fact, script }: Hook): boolean {
  return script === null && fact !== 'time-wait';
}

/** Whether TIME_WAIT is inferred here; else the kernel's own functions tell it. */
export function isTimeWaitInferred(hooks: readonly Hook[]): boolean {
  return !hooks.some(({ fact, script }) => fact === 'time-wait' && script !== null);
}
