/** One way to end a command: a signal, a closed pipe or a fault. */
export interface StopSignal {
  readonly stopped: Promise<void>;
  /** Whether it was asked for already. */
  readonly asked: boolean;
  stop(): void;
}

/**
 * Ends on SIGINT, SIGTERM or SIGHUP; a second one ends the process at once, for whoever does not want to wait.
 *
 * @param onHangUp what SIGHUP does instead of ending, as services have it.
 */
export function stopSignal(onHangUp?: () => void): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  let signalled = false;
  const stop = (): void => {
    asked = true;
    resolve();
  };
  if (onHangUp !== undefined) process.on('SIGHUP', onHangUp);
  for (const signal of ['SIGINT', 'SIGTERM', ...(onHangUp === undefined ? (['SIGHUP'] as const) : [])] as const) {
    process.on(signal, () => {
      if (signalled) process.exit(signal === 'SIGINT' ? 130 : 143);
      signalled = true;
      stop();
    });
  }
  return {
    stopped: promise,
    stop,
    get asked() {
      return asked;
    },
  };
}

/** Thrown where a capture is read and a stop was asked for, so that what was begun is cleared away like after any fault. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
