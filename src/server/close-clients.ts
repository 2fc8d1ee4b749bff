import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** RFC 6455 §7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
/** One that does not answer by then is stuck, and is cut. */
const GRACE_MS = 500;

/** Ends WebSockets politely, and those that do not answer without them. */
export async function closeClients(sockets: Iterable<WebSocket>): Promise<void> {
  const open = [...sockets].filter((socket) => socket.readyState !== WebSocket.CLOSED);
  const closed = open.map((socket) => once(socket, 'close'));
  for (const socket of open) socket.close(GOING_AWAY, 'Synoptic is stopping');
  const timer = new AbortController();
  await Promise.race([Promise.all(closed), delay(GRACE_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  for (const socket of open) socket.terminate();
}
