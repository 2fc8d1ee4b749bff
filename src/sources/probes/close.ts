import type { Socket } from 'node:net';

/** How long what was written may take to leave before the socket is closed over it. */
const GRACE_MS = 500;

/**
 * Closes a connection and waits until its file descriptor is gone: no attempt ends before. Politely: after what was written has left
 * (FIN); else at once.
 */
export async function closeDown(stream: Socket, socket: Socket, politely: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.closed) resolve();
  else socket.once('close', () => resolve());
  const now = (): void => {
    stream.destroy();
    socket.destroy();
  };
  if (!politely || stream.destroyed) {
    now();
    return await promise;
  }
  const late = setTimeout(now, GRACE_MS);
  if (stream !== socket) stream.once('close', () => socket.destroy());
  stream.destroySoon();
  await promise;
  clearTimeout(late);
}
