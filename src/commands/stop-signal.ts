/** One way to end a command: a signal, a closed pipe or a fault. */
export interface StopSignal {
  readonly stopped: Promise<void>;
  stop(): void;
}

/** Ends on SIGINT, SIGTERM or SIGHUP; a second one ends the process at once, for whoever does not want to wait. */
export function stopSignal(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked = true;
      resolve();
    });
  }
  return { stopped: promise, stop: () => resolve() };
}
